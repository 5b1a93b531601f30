# Haalaaji hello ngoo e fulfulde. No native speaker has reviewed these.
# yeewtere débat · miijo avis · feere proposition · naamnal question · jaabawol réponse · haala parole ·
# kabaaru annonce · jeertine alerte · kuulal décision · leson leçon · neɗɗo personne · renndo communauté ·
# biro bureau · darnde rôle · masiŋ appareil · siɲe signature · ardiiɗo élu · nelal, nele message ·
# fedde groupe (messages) · goomu groupe (opinion) · fisiye fichier · doggol liste · kile USB clé USB
home = Galle
news = Kabaaruuji
debates = Jeewte
questions = Naamne
proposals = Peeje
learn = Jannde
node = Oo masiŋ
menu = Meni
skip = Yah to haalaaji hello ngoo
languages = Ɗemɗe
pages = Kelle
newer = Kesi
older = Ɓooyɗi
listen-to = Heɗo : { $what }
not-reviewed = Fay gooto e haalooɓe ngal ɗemngal ƴeewaani ɗii binndi tawo.
lock = Soku
leave = Yaltu law
locked = Sokaama ɓaawo minitiiji ɗiɗi tawi fay huunde waɗaaka. Ko neldanoo fuu ina resaa.
who-are-you = Homo woni aan ?
you-are = Aan woni { $what }
you-speak-as = Aɗa haala e ndee innde : { $what }
its-me = Miin woni
someone-else = Goɗɗo
people-none = Fay gooto ɗo walaa kode ngam naatirde e masiŋ goɗɗo. Naamno jom oo nokku.
pin = Kode sirri maa
pin-wrong = Wanaa oon kode. Eto kadi.
pin-wait = { $n ->
    [one] Doom segondi { $n }, eto kadi.
   *[other] Doom segondiiji { $n }, eto kadi.
}
pin-none = A walaa kode tawo : jogiiɗo oo masiŋ fuu ina waawi haalude e innde maa.
pin-new = Suɓo kode (limooje 4 haa 12, so aɗa yiɗi)
pin-what = Kode ina haɗa hoddiiɗo maa haalude e nokku maa. O reenataa masiŋ oo e gujjo.
reading-only = Aɗa jannga tan. Ngam haalude e wootude, haalu innde maa.
communities = Renndooji
entries = { $n ->
    [one] binndol { $n }
   *[other] binndi { $n }
}
begin-title = Bisimilla
begin-words = Oo masiŋ naataani e renndo fuu tawo.
begin-not-here = Oo masiŋ naataani e renndo fuu tawo. Omtu liyen mo o hollunoo nde o huɓɓaa, ngam fuɗɗude.
begin-join = Mi jogii tikke
begin-found = Sos renndo
your-name = Innde maa
ticket = Tikke
join = Naat
community-name = Innde renndo ngoo
found = Sos
admin = Toppito oo masiŋ
failed-title = Ɗum waɗaaka
failed = Fay huunde waylaaka. Sabaabu oo :
failed-nobody = Haalu innde maa tawo. Fay huunde neldaaka.
failed-not-here = Omtuɗo liyen oo masiŋ tan waawi waɗde ɗum. Fay huunde waylaaka.
failed-form = Oo formileer ɓooyii walla iwi nokku goɗɗo. Fay huunde neldaaka. Rutto to hello ngoo, fuɗɗito.
failed-too-much = Fay huunde neldaaka. Sabaabu oo :
failed-no-page = Ngoo hello walaa ɗo. Ina gasa ngo wara e kawral garoowal.
done-said = Ɗum haalaama. Ina resaa e oo masiŋ ; ina yaha e kawral garoowal.
done-voted = Woote maa resaama. Cakkitiiɗo oo limetee.
done-saved = Resaama.
done-opened = Yeewtere ndee omtaama.
done-closed = Yeewtere ndee uddaama.
done-withdrawn = Haalaaji maa ittaama. Kono ina anndaa won ko haalanoo.
done-hidden = Ɗum suuɗaama, e innde maa e sabaabu oo.
ago-now = jooni
ago-ahead = won montoor jaawɗo
ago-minutes = { $n ->
    [one] gila miniti { $n }
   *[other] gila minitiiji { $n }
}
ago-hours = { $n ->
    [one] gila waktu { $n }
   *[other] gila waktuuji { $n }
}
ago-days = { $n ->
    [one] gila ɲalnde { $n }
   *[other] gila balɗe { $n }
}
announce = Haalu kabaaru
announcement = Kabaaru
alert = Jeertine
decision = Kuulal
news-none = Kabaaru fuu waraani ɗo tawo.
superseded = Keso lomtiima ɗum
supersedes = Lomtiima :
see-newer = Ƴeew keso oo
see-older = ƴeew ɓooyɗo oo
expires = Ina yaha haa
number = limoore { $n }
number-doubled = Ndee limoore hokkaama laabi ɗiɗi.
number-gap = Kuulal adiingal ngal walaa ɗo.
words-missing = Haalaaji ɗii njottaaki tawo.
words-withdrawn = Jom haala ittii ɗum.
signed-by = Ciɲɗo : { $what }
cosigned-by = Siɲuɓe kadi :
declared = Haalaama (e wiyde jom mum)
first-seen = Yottiima ɗo
voice = Daande
picture = Natal
file = Fisiye
file-coming = Ina wara
file-no-room = Nokku walaa ɗo
add-voice = Ɓeydu daande maa
add-file = Ɓeydu natal walla ɗerewol
kind = Iri
title = Innde
words = Haalaaji maa
office = Biro (ngam kuulal)
place = Nokku
days = Ina yaha balɗe jelu
send = Neldu
public-note = Ko kaal-ɗaa ɗo fuu, renndo ngoo ina nana, e innde maa. Wooteeji ɗii keddoto e taariika.
debates-none = Yeewtere fuu yottaaki ɗo tawo.
debate-open = Omtu yeewtere
debate-question = Naamnal
debate-is-open = Omtaama
debate-closed = Uddaama
debate-close = Uddu yeewtere
outcome = Ko yalti heen
posts = { $n ->
    [one] haala { $n }
   *[other] haalaaji { $n }
}
participants = { $n ->
    [one] neɗɗo { $n }
   *[other] yimɓe { $n }
}
closed-by = { $what } uddi ɗum
late-posts = { $n ->
    [one] haala { $n } wari ɓaawo ɗum.
   *[other] haalaaji { $n } ngari ɓaawo ɗum.
}
closes-at = Haa { $what }
speak = Haal
speak-who = Haalu innde maa ngam haalude
agree = Mi jaɓii
disagree = Mi jaɓaani
pass = Ɓennu
agree-n = { $n } jaɓii
disagree-n = { $n } jaɓaani
pass-n = { $n } ɓennii
reply = Jaabo
edited = waylaama
hidden-because = Suuɗaama : { $what }
statement = Miijo
proposal = Feere
question = Naamnal
learn-none = Jannde fuu yottaaki ɗo tawo.
lessons = { $n ->
    [one] leson { $n }
   *[other] lesonji { $n }
}
quizzes = kizi { $n }
on-its-way = { $n } ina wara
all-here = fuu ina ɗo ({ $n })
media-coming = { $n ->
    [one] daande walla natal { $n } ina wara
   *[other] daaɗe walla nate { $n } ina ngara
}
quiz-score = Jaabawuuli moƴƴi :
quiz-check = Ƴeewto
your-answer = Jaabawol maa
right = Moƴƴii
wrong = Wanaa ɗum tawo
true = Goonga
false = Fenaande
next = Jokku
node-holds = Ko woni ɗo
node-linked = Masiŋaaji jokkondirɗi jooni
node-stored = Nokku kuutoraaɗo
node-files = Fisiyeeji
node-unsent = Fisiyeeji ɗi njahaani nokku goɗɗo tawo
node-waits = Ko doomaa
node-waits-none = Fay huunde doomaaka.
node-spent = Njoɓdi koneksiyon
node-refused = Ko jaɓaaka
invite = Noddu
invite-words = Tikke oo ina naatna yimɓe hesɓe, fay so rezo walaa. Kala jiiɗo ɗum ina waawi naatude : hollu ɗum ɓe anndu-ɗaa.
person-add = Ɓeydu neɗɗo
person-add-words = Neɗɗo goɗɗo e oo masiŋ. Jogiiɗo masiŋ oo woni seedee makko.
name = Innde
grant = Hokku darnde
grant-person = Homo (innde walla limoore)
role = Darnde
member = jeyaaɗo
facilitator = balloowo
official = ardiiɗo
moderator = deenoowo
manager = kalfinaaɗo
founder = cosɗo
office-of = Biro (ngam ardiiɗo)
members = { $n ->
    [one] jeyaaɗo { $n }
   *[other] jeyaaɓe { $n }
}
granted-by = { $what } hokki ɗum
save = Resu
my-id = Limoore am
my-id-words = Hollu ɗum kalfinaaɗo ngam heɓude darnde.
visitor = koɗo
visitor-words = Aan woni koɗo. Oo nokku ina winnda haalaaji maa e innde nde kokku-ɗaa, ina seedoo ɗum. Hoɓɓe mbootataa.
failed-visitor = Hoɓɓe mbootataa, njogaaki nele. Naamno tikke ngam laataade jeyaaɗo.
questions-none = Walaa naamnal doomoowal jaabawol.
see-debate = Ƴeew yeewtere
answer = Jaabawol
more = Goɗɗum
withdraw = Ittu haalaaji am
withdraw-words = Kala ɗo oo kabaaru yottii, haalaaji ɗii ittete. Kono ina anndaa won ko haalanoo.
hide = Suuɗu
hide-reason = Sabaabu (yimɓe fuu ina njiya, e innde maa)
unhide = Hollu kadi
not-yet-open = Omtaaka tawo
closed-as-declared = Ɲalnde haalanoonde ndee ɓennii. Fuu ina limee tawo, haa goɗɗo siɲa uddugol ngol.
vote-next = Woot, haala e haala
groups = Goomuuji miijo
groups-words = Yimɓe ɓe woote mum en nanndi ngoni goomu gooto. Limgol ngol ina foti e masiŋaaji fuu.
groups-same = Ko yalti koo ina foti kala ɗo oo kode foti :
groups-map = Natal yimɓe e woote mum en
group = Goomu { $what }
your-group = goomu maa
together = Ko goomuuji fuu nanondiri
placed-n = { $n } mbootii ko heewi haa goomu mum en anndaama
ballots = Ɗereeji woote
ballots-counted = { $n ->
    [one] ɗerewol { $n } limaama
   *[other] ɗereeji { $n } limaama
}
ballots-conflicts = { $n } ina luurdi
ballot-enter = Winndu ɗerewol woote
ballot-token = Kode ɗerewol ngol
ballot-counts = ina limee
ballot-replaced = lomtaama
ballot-in-conflict = ina luurdi
ballot-set-aside = woppaama
settle = Hol ngol limetee ?
settle-none = Fay gootol
settled-by = { $what } taƴi ɗum :
order = No ɗi ndewi
order-oldest = Gadiiɗi
order-newest = Kesi
order-wanted = Ngam wootude
order-votes = Ɓurɗi wooteede
back = Rutto
votes = { $n ->
    [one] woote { $n }
   *[other] wooteeji { $n }
}
late-votes = { $n ->
    [one] woote { $n } ɓaawo uddugol
   *[other] wooteeji { $n } ɓaawo uddugol
}
voted-n = { $n } wootaama
remaining-n = { $n } heddii
voted-all = A wootii fuu. A jaaraama !
blocked = A yiɗaa yiyde oo neɗɗo.
block = Mi yiɗaa yiyde oo neɗɗo kadi
block-words = Ɗum heddoto e oo masiŋ, fay gooto anndataa.
unblock = Hollu mo kadi
appeal = Naamno ƴeewtagol kadi
appeal-words = Ko saabii ɗum haani holleede kadi ?
moderation = Ƴeewtagol haalaaji
moderation-words = Ko suuɗaa, cuuɗɗo ɗum e sabaabu oo. Yimɓe fuu ina njiya ɗum, ina waawi wayleede.
moderation-none = Fay huunde suuɗaaka.
moderation-hidden = Suuɗaama
moderation-shown-again = Hollaama kadi
moderation-stays-hidden = Heddiima ina suuɗii
moderation-appeal = Ƴeewtagol kadi naamnaama
stays-hidden = Woppu ɗum ina suuɗii
is-hidden = suuɗaama
is-shown = hollaama
proposals-how = Feere ina hokkee nder yeewtere : golle walla poroze.
proposals-none = Feere fuu yottaaki ɗo tawo.
see-proposal = Ƴeew feere
signatures = { $n ->
    [one] siɲe { $n }
   *[other] siɲeeji { $n }
}
sign = Siɲu
sign-back = Ittu siɲe am
status = Ɗo ɗum yottii
status-none = Biro kalfinaaɗo oo haalaani fay huunde tawo.
status-set = Haalu ɗo ɗum yottii
status-received = heɓaama
status-studied = ƴeewaama
status-accepted = jaɓaama
status-refused = salaama
status-done = waɗaama
reason = Sabaabu
wording = Binndol
wording-none = Walaa binndol dentungol tawo.
wording-begin = Fuɗɗu binndol
wording-begin-words = Yimɓe fuu ina mbinndida binndol ngol ; ina yiyee homo winndi ko.
wording-edit = Waylu binndol
wording-history = Binndi ɓennuɗi
wording-see = ƴeew
wording-old = Binndol ɓennungol. « Waylu binndol » fuɗɗoto e ɗii haalaaji.
waits-words = Haalaaji ɗi njottaaki tawo
waits-blobs = Fisiyeeji
standing-superseded = Lomtaama
standing-cancelled = Dartinaama
standing-expired = Ɓennii
standing-withdrawn = Ittaama
knowledge = Kabaaru cakkitiiɗo heɓaama { $what }.
knowledge-none = Oo masiŋ heɓaani fay huunde to masiŋ goɗɗo tawo.
register = Deftere kuule
register-words = Biro fuu ina lima kuule mum. So limoore ŋakkii, kuulal ngal yottaaki ɗo tawo.
register-none = Kuulal fuu yottaaki ɗo tawo.
decisions-held = { $n } ina ɗo
decisions-missing = { $n } ina ŋakki ɗo
not-in-force = yaltii e darnde ndee
cosign = Siɲu kadi
translate = Haalu ɗum e ɗemngal goɗngal, walla e daande
language = Ɗemngal (fr, bm, ff, snk, ar…)
offices = Homo jaabotoo ?
offices-words = No biro fuu jaabortoo naamne. Limgol ngol ina foti e masiŋaaji fuu ; balɗe ɗee ko ɗe haaluɓe mbi'i.
offices-none = Fay gooto jogaaki biro ɗo tawo.
asked-n = Naamne naamnaaɗe
reached-n = Jottiiɗe, e seedee
answered-n = Jaabaaɗe
waiting-n = Doomooje
median-days = Balɗe jaabawol (hakkundeeje)
ask = Naamno
ask-whom = Homo ?
questions-waiting = Doomooje
questions-answered = Jaabaaɗe
questions-all = Fuu
question-waiting = neldaama
question-reached = yottiima
question-read = janngaama
question-answered = jaabaama
read-it = Mi jangii ɗum
reached-since = yottiima { $what }
carry = E kile USB
carry-words = So rezo walaa, fisiye ina yaha : e kile USB, e karte memuwaar, walla e Bluetooth. Ko woni heen fuu ina jogii siɲe ; nawoowo ɗum waawataa waylude fay huunde.
carry-in = Naatnu fisiye
carry-in-words = Fisiye mo masiŋ goɗɗo waɗi : ko woni toon fuu, naamne walla jaabawuuli. Naatnude ɗum laabi ɗiɗi bonnataa fay huunde.
carry-all = Naw fuu
carry-all-words = Ko oo masiŋ jogii : haalaaji ɗii tawo, ɓaawo ɗum daaɗe e nate, haa 256 Mo.
carry-all-save = Resu fisiye oo
carry-for = Ko ŋakki to masiŋ goɗɗo oo tan
carry-digest-file = Doggol masiŋ goɗɗo oo (so aɗa yiɗi)
carry-digest = Haalu ko woni ɗo
carry-digest-words = Doggol pamarol ngam masiŋ goɗɗo oo : o addata tan ko ŋakki ɗo.
carry-digest-save = Resu doggol ngol
carry-taken = Fisiye oo naatnaama
carry-new = { $n ->
    [one] keso { $n }
   *[other] kesi { $n }
}
carry-held = { $n } ina ɗo gila ko adii
carry-refused = { $n } jaɓaaka
carry-damaged = Yoga e fisiye oo bonii. Ko bonaani fuu naatnaama ; fisiye keso iwɗo e oon masiŋ addata ko heddii.
carry-questions = { $n ->
    [one] naamnal { $n } ina dooma
   *[other] naamne { $n } ina ndooma
}
saturday = Aset
saturday-words = Naamne ɗe njaabaaka ina njaha to biro e kile USB. Toon ɗe naatnetee, ɗe njaabee, jaabawuuli ɗii ngarta e ngol laawol.
saturday-office = Hol biro ?
saturday-questions = Naw naamne ɗee
saturday-answers = Artu e jaabawuuli ɗii
saturday-no-questions = Walaa naamnal doomoowal oo biro. Walaa ko nawetee.
saturday-no-answers = Oo biro jaabaaki ɗo fay huunde tawo. Walaa ko artiretee.
failed-no-file = Fisiye fuu suɓaaka. Fay huunde waylaaka.
failed-no-bundle = Oo fisiye iwaani e Baro, walla ko woni heen fuu bonii. Fay huunde waylaaka.
failed-is-digest = Oo fisiye woni doggol ko masiŋ jogii. Hokku ɗum les « Ko ŋakki to masiŋ goɗɗo oo tan ».
failed-no-digest = Oo fisiye wanaa doggol masiŋ goɗɗo. Fay huunde waɗaaka.
failed-no-table = Oo fisiye wanaa tablo Polis. Fay huunde waylaaka.
failed-moment = Ɲalnde ndee walla waktu oo faamaaka. Winndu hono 2026-11-28 09:00. Fay huunde haalaaka.
failed-window = Yeewtere omtetee tawo, ɓaawo ɗum uddee. Fay huunde haalaaka.
window = Omtugol e uddugol
window-opens = Omtetee
window-closes = Uddetee
window-words = Waktu Mali (UTC). Ɗum woni kabaaru tan : uddugol siɲaangol tan gasnata yeewtere.
polis-in = Addu yeewtere iwde e Polis
polis-in-words = Tablooji Polis ina laatoo yeewtere, e miijooji e wooteeji mum. Neɗɗo fuu laatoo neɗɗo oo masiŋ, masiŋ oo woni seedee makko.
polis-prefix = Innde ɓee yimɓe, ko adii limoore mum en
polis-left-out = { $n ->
    [one] woote { $n } woppaama.
   *[other] wooteeji { $n } woppaama.
}
polis-out = Tablooji ngam Polis
polis-out-words = Yeewtere ndee e tablooji nay (CSV) : miijooji, wooteeji, homo wooti ko, e ko raɓɓiɗinaa.
optional = (so aɗa yiɗi)
messages = Nele
messages-note = Mo mbinndan-ɗaa oo tan waawi janngude. Yimɓe fuu ina nawa, goɗɗo fuu omtataa. Ko omtaa ina heddoo e oo masiŋ.
messages-none = Nelal fuu walaa ɗo.
messages-new = { $n ->
    [one] nelal kesal { $n }
   *[other] nele kese { $n }
}
message-write = Winndu nelal
message-to = To homo ?
message-send = Neldu
message-new = kesal
message-stranger = anndaaka ɗo hono jeyaaɗo
message-state-written = Winndaama. Ko anndaa koo, ngal woni e oo masiŋ tan.
message-state-carried = Ina e laawol : masiŋ goɗɗo ina jogii ngal
message-state-delivered = Yottiima, e seedee ciɲaaɗo
message-state-read = Janngaama, e seedee ciɲaaɗo
message-carried-since = hokkaama { $what }
message-reached = heɓii ngal
message-has-read = janngii ngal
group-new = Fedde hesere
group-name = Innde fedde ndee (jeyaaɓe mum tan njiyata ɗum)
group-members = Wonɓe e ndee fedde
group-owner = fuɗɗi fedde ndee
group-add = Naatnu
group-remove = Yaltin
done-sealed = Ngal uddaama, goɗɗo fuu omtataa. Ina yaha e kawral garoowal.

# Refusals
or = walla
thing-alert = jeertine
thing-announcement = kabaaru
thing-ballot = ɗerewol woote
thing-course = jannde
thing-debate = yeewtere
thing-decision = kuulal
thing-post = haala
thing-proposal = feere
thing-question = naamnal
thing-text = binndol
refused-stopping = Masiŋ oo ina dartoo. Ko resanoo fuu majjaani.
refused-store = Ko woni e oo masiŋ waawaa janngeede walla winndeede : { $detail }
refused-disk-full = Nokku heddaaki e oo masiŋ : huunde hesere fuu waawaa reseede. Ko resanoo fuu majjaani. Ittu yoga e ko woni heen, eto kadi.
refused-name-length = Innde ndee winndaaka, walla juutii sanne.
refused-name-taken = Goɗɗo ina e oo masiŋ, innde mum woni « { $name } ». Suɓo innde hesere.
refused-not-on-device = Fay gooto inndaaka « { $name } » e oo masiŋ.
refused-nobody-here = Fay gooto e oo masiŋ naataani e ngoo renndo.
refused-person-unknown = Fay gooto inndaaka « { $name } » e ngoo renndo.
refused-person-ambiguous = Yimɓe heewɓe njogii innde « { $name } » : haalu limoore mum.
refused-person-not-added = Oo neɗɗo ɓeydaaka.
refused-visitor-not-entered = Koɗo oo waawaa winndeede.
refused-pin-digits = Kode ina jogii limooje 4 haa 12.
refused-no-role = { $name } jogaaki ndee darnde ɗo : { $roles }. Naamno ɗum kalfinaaɗo.
refused-office-only-official = Ardiiɗo tan jogotoo biro.
refused-no-community = Oo masiŋ naataani e renndo fuu tawo : sos renndo, walla naat e renndo e tikke.
refused-several-communities = Oo masiŋ ina e renndooji keewɗi : haalu hol renndo.
refused-community-unknown = Renndo « { $name } » walaa ɗo.
refused-community-gone = Ngoo renndo walaa ɗo jooni.
refused-ticket-foreign = Ɗum wanaa tikke noddol : tikke fuɗɗotoo e { $prefix }
refused-ticket-torn = Oo tikke timmaani, walla winndaaka no haani. Winndu ɗum fuu kadi.
refused-ticket-invalid = Oo tikke jaɓaaka : { $why }. Naamno tikke keso.
refused-ticket-too-long = o juutii sanne
refused-ticket-no-inviter = baawɗo noddude fuu siɲaani ɗum, walla o ittaama
refused-ticket-broken = ko woni heen waawaa janngeede ({ $detail })
refused-joined-already = { $name } ina e ngoo renndo gila ko adii.
refused-not-id = « { $text } » wanaa ɗum. Ko ɗaɓɓetee : { $what }.
refused-not-that = { $id } wanaa ɗum. Ko ɗaɓɓetee : { $what }.
refused-not-here = Ɗum walaa e oo masiŋ tawo : { $what } { $id }. Ina gasa ɗum wara e kawral garoowal.
refused-gone = Ɗum walaa ɗo jooni.
refused-words-none = Walaa ko haalaa : innde e haalaaji fuu mbinndaaka.
refused-words-too-long = Ɗum juutii sanne : { $bytes } (octets). Keerol ngol woni { $max }. Feccu ɗum.
refused-said-wrongly = Ɗum waawaa haaleede nii : { $detail }
refused-field-bad = Ɗum waawaa haaleede nii : nokku gooto winndaaka, walla juutii sanne. Feewnu ɗum, eto kadi.
refused-language-missing = Haalu ɗemngal ngal.
refused-nothing-asked = Fay huunde naamnaaka.
refused-debate-closed = Ndee yeewtere uddaama : ko wari jooni limetaake.
refused-closed-already = Ndee yeewtere uddaama gila ko adii.
refused-window-order = Yeewtere omtetee tawo, ɓaawo ɗum uddee.
refused-not-question = Ɗum wanaa naamnal.
refused-vote-unknown = « { $text } » wanaa woote : mi jaɓii, mi jaɓaani, walla ɓennu.
refused-kind-unknown = « { $text } » wanaa iri haala : miijo, feere walla naamnal.
refused-author-elsewhere = Jom haala tan waawi waylude ɗum, o walaa e oo masiŋ.
refused-decision-stands = Kuulal wayletaake ; kuulal kesal ina waawi lomtaade ɗum.
refused-not-hidden = Ɗum suuɗaaka.
refused-reason-missing = Haalu sabaabu oo : yimɓe fuu ina njannga ɗum.
refused-judge-own = Cuuɗɗo haala ƴeewtataa ɗum : deenoowo goɗɗo walla kalfinaaɗo waɗata ɗum.
refused-text-not-begun = Binndol ngol fuɗɗaaka.
refused-signed-already = A siɲii ndee feere gila ko adii.
refused-not-signed = A siɲaani ndee feere.
refused-say-why = Haalu sabaabu oo.
refused-may-not-edit = { $name } waawaa waylude ngol binndol.
refused-version-unknown = Ngol binndol ɓennungol walaa ɗo.
refused-text-broken = Ngol binndol waawaa janngeede : { $detail }
refused-no-title = Kabaaru ina haani jogaade innde.
refused-decision-needs-office = Kuulal ina iwa e biro : haalu hol biro.
refused-cosigned-already = { $name } siɲii ɗum gila ko adii.
refused-no-offices = Biro fuu walaa e ngoo renndo tawo.
refused-office-not-among = Biro fuu inndaaka « { $name } » : { $offices }
refused-office-unknown = Biro fuu inndaaka « { $name } » ɗo.
refused-ballot-author = Binnduɗo ɗerewol ngol tan waawi feewnude ɗum ; deenoowo ina waawi taƴude ɗum.
refused-ballot-unknown = Ɗerewol fuu jogaaki kode { $token } ɗo.
refused-file-too-many = Fisiyeeji ɗii keewii sanne : { $count }. Keerol ngol woni { $max }.
refused-file-twice = Oo fisiye ɓeydaama laabi ɗiɗi.
refused-file-rule = Oo fisiye waawaa ɓeydeede : { $detail }
refused-file-empty = Fay huunde walaa e oo fisiye.
refused-file-cut = Oo fisiye timmaani. Ƴettu ɗum kadi.
refused-file-kind = Oo iri fisiye jaɓetaake. Ko jaɓetee : Opus (ogg), WebM, M4A walla MP4, JPEG, PNG, WebP, PDF.
refused-file-no-voice = Ɗum wanaa daande. Ɓeydu ɗum hono natal walla ɗerewol.
refused-file-too-large = Oo fisiye mawnii sanne : { $size } (octets). Keerol ngol woni { $max }. Haal seeɗa, walla suɓo fisiye pamaro.
refused-file-failed = Oo fisiye waawaa janngeede walla reseede : { $detail }
refused-form-too-much = Ko woni e oo formileer heewii sanne.
refused-form-files = Oo formileer jaɓata tan fisiyeeji { $max }.
refused-form-too-large = Fisiyeeji ɗii mawnii sanne : ngoo hello jaɓata tan { $max } Mo.
refused-form-no-words = Ko winndaa koo waawaa janngeede.
refused-form-unreadable = Oo formileer waawaa janngeede ({ $detail }). Rutto to hello ngoo, fuɗɗito.
refused-message-unknown = « { $text } » wanaa nelal maa e oo masiŋ.
refused-message-no-key = Kile nele { $name } yottaaki ɗo tawo. Ina gasa ɗum wara e kawral garoowal.
refused-message-empty = Fay huunde walaa e nelal ngal : winndu haala, walla ɓeydu daande maa.
refused-message-broken = Ɗum waawaa neldeede nii : { $detail }
refused-voice-note-long = Daande ndee juutii sanne : keerol ngol woni minitiiji ɗiɗi. Haal seeɗa.
refused-group-unknown = A walaa e fedde « { $name } » e oo masiŋ.
refused-group-ambiguous = Pelle keewɗe njogii innde « { $name } » : haalu limoore mum.
refused-group-in-already = Ɓee yimɓe ina e ndee fedde gila ko adii.
refused-group-max = Fedde jaɓata tan yimɓe { $max }.
refused-group-owner-stays = Fuɗɗuɗo fedde ina heddoo heen.
refused-group-not-in = Oo neɗɗo walaa e ndee fedde.
refused-polis-no-table = { $file } wanaa tablo Polis : { $detail }
refused-polis-vote = votes.csv : « { $text } » wanaa woote.
refused-polis-name-taken = Goɗɗo ina e oo masiŋ, innde mum woni { $name }. Suɓo innde hesere ngam ɓee yimɓe.
awaits-room = nokku walaa ɗo : ittu yoga e ko woni e masiŋ oo
awaits-anybody = masiŋ fuu jokkondiraani jooni
awaits-holder = ina e laawol, walla masiŋ jokkondirɗo fuu jogaaki ɗum
awaits-words = binndi ɗii ngarii, haalaaji ɗii njottaaki tawo
