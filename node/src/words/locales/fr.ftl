# Les mots des pages en français. Les autres langues prennent d'ici ce qui leur manque.
home = Accueil
news = Annonces
debates = Débats
questions = Questions aux élus
proposals = Propositions
learn = Apprendre
node = Cet appareil
menu = Menu
skip = Aller au contenu
languages = Langues
pages = Pages
newer = Plus récents
older = Plus anciens
listen-to = Écouter : { $what }
not-reviewed = Ces mots n'ont pas encore été relus par une personne dont c'est la langue.
lock = Verrouiller
leave = Quitter vite
locked = Verrouillé : rien n'a été fait pendant deux minutes. Ce qui a été envoyé est gardé.
who-are-you = Qui êtes-vous ?
you-are = Vous êtes { $what }
you-speak-as = Vous parlez sous ce nom : { $what }
its-me = C'est moi
someone-else = Quelqu'un d'autre
people-none = Personne ici n'a de code secret pour entrer depuis un autre appareil. Demandez à la personne qui s'occupe de ce lieu.
pin = Votre code secret
pin-wrong = Ce n'est pas le bon code. Essayez encore.
pin-wait = { $n ->
    [one] Attendez { $n } seconde, puis essayez encore.
   *[other] Attendez { $n } secondes, puis essayez encore.
}
pin-none = Vous n'avez pas encore de code secret : toute personne qui tient cet appareil peut parler en votre nom.
pin-new = Choisir un code secret (4 à 12 chiffres, si vous voulez)
pin-what = Avec un code secret, vous seul ouvrez vos messages et parlez en votre nom sur cet appareil. Personne ne peut vous rendre un code oublié, et un code court ne résiste pas longtemps à un voleur qui prend l'appareil déverrouillé.
reading-only = Vous lisez. Pour parler et voter, dites qui vous êtes.
communities = Communautés
entries = { $n ->
    [one] { $n } entrée
   *[other] { $n } entrées
}
begin-title = Bienvenue
begin-words = Cet appareil n'est encore dans aucune communauté.
begin-not-here = Cet appareil n'est encore dans aucune communauté. Ouvrez le lien qu'il a affiché au démarrage pour commencer.
begin-join = J'ai un ticket
begin-found = Créer une communauté
your-name = Votre nom
ticket = Le ticket
join = Rejoindre
community-name = Nom de la communauté
found = Créer
admin = Gérer cet appareil
failed-title = Cela n'a pas été fait
failed = Rien n'a été changé. Voici pourquoi :
failed-nobody = Dites d'abord qui vous êtes. Rien n'a été envoyé.
failed-not-here = C'est réservé à la personne qui a ouvert le lien affiché par cet appareil. Rien n'a été changé.
failed-form = Ce formulaire est trop ancien ou vient d'ailleurs. Rien n'a été envoyé. Revenez à la page et recommencez.
failed-too-much = Rien n'a été envoyé. Voici pourquoi :
failed-no-page = Cette page n'est pas ici. Elle viendra peut-être à la prochaine rencontre.
done-said = C'est dit et gardé sur cet appareil. Cela partira à la prochaine rencontre.
done-voted = Votre vote est gardé. Seul le dernier compte.
done-saved = C'est gardé.
done-opened = Le débat est ouvert.
done-closed = Le débat est fermé.
done-withdrawn = Vos mots sont retirés. On voit encore que quelque chose a été dit.
done-hidden = C'est caché, avec votre nom et la raison.
ago-now = à l'instant
ago-ahead = une horloge avance
ago-minutes = { $n ->
    [one] il y a { $n } minute
   *[other] il y a { $n } minutes
}
ago-hours = { $n ->
    [one] il y a { $n } heure
   *[other] il y a { $n } heures
}
ago-days = { $n ->
    [one] il y a { $n } jour
   *[other] il y a { $n } jours
}
announce = Annoncer
announcement = Annonce
alert = Alerte
decision = Décision
news-none = Rien n'a encore été annoncé ici.
superseded = Remplacée par une plus récente
supersedes = Remplace :
see-newer = Voir la plus récente
see-older = voir l'ancienne
expires = Valable jusqu'au
number = n° { $n }
number-doubled = Ce numéro a été donné deux fois.
number-gap = Une décision précédente manque ici.
words-missing = Les mots ne sont pas encore arrivés.
words-withdrawn = Mots retirés par leur auteur.
signed-by = Signée par { $what }
cosigned-by = Cosignée par
declared = Date (selon l'auteur)
first-seen = Arrivée ici le
voice = Enregistrement
picture = Image
file = Fichier
file-coming = En route
file-no-room = Pas assez de place ici
add-voice = Ajouter votre voix
add-file = Ajouter une image ou un document
kind = De quoi s'agit-il ?
title = Titre
words = Vos mots
office = Bureau (pour une décision)
place = Lieu
days = Valable pendant combien de jours ?
send = Envoyer
public-note = Ce que vous dites ici, toute la communauté peut le lire, avec votre nom. Chaque vote reste enregistré.
debates-none = Aucun débat n'est encore arrivé ici.
debate-open = Ouvrir un débat
debate-question = La question
debate-is-open = Ouvert
debate-closed = Fermé
debate-close = Fermer le débat
outcome = Ce qui en ressort
posts = { $n ->
    [one] { $n } parole
   *[other] { $n } paroles
}
participants = { $n ->
    [one] { $n } personne
   *[other] { $n } personnes
}
closed-by = Fermé par { $what }
late-posts = { $n ->
    [one] { $n } parole est venue après.
   *[other] { $n } paroles sont venues après.
}
closes-at = Jusqu'au { $what }
speak = Parler
speak-who = Dites qui vous êtes pour parler
agree = D'accord
disagree = Pas d'accord
pass = Passer
agree-n = { $n } d'accord
disagree-n = { $n } pas d'accord
pass-n = { $n ->
    [one] { $n } passe
   *[other] { $n } passent
}
reply = Répondre
edited = modifié
hidden-because = Caché : { $what }
statement = Avis
proposal = Proposition
question = Question
learn-none = Aucun cours n'est encore arrivé ici.
lessons = { $n ->
    [one] { $n } leçon
   *[other] { $n } leçons
}
quizzes = { $n } quiz
on-its-way = { $n } en route
all-here = tout est ici ({ $n })
media-coming = { $n ->
    [one] { $n } enregistrement ou image est en route
   *[other] { $n } enregistrements ou images sont en route
}
quiz-score = Bonnes réponses :
quiz-check = Vérifier
your-answer = Votre réponse
right = Juste
wrong = Pas encore
true = Vrai
false = Faux
next = Suivant
node-holds = Ce qui est ici
node-linked = Appareils reliés en ce moment
node-stored = Place occupée
node-files = Fichiers
node-unsent = Fichiers pas encore copiés ailleurs
node-waits = Ce qui attend
node-waits-none = Rien n'attend.
node-spent = Ce que les données ont coûté
node-refused = Ce qui a été refusé
invite = Inviter
invite-words = Le ticket fait entrer de nouveaux membres, même sans réseau. Toute personne qui le voit peut entrer : montrez-le seulement à des gens que vous connaissez.
person-add = Ajouter une personne
person-add-words = Une personne de plus sur cet appareil. Celle qui tient l'appareil se porte garante d'elle.
name = Nom
grant = Donner un rôle
grant-person = À qui (nom ou identifiant)
role = Rôle
member = membre
facilitator = facilitateur
official = élu ou agent
moderator = modérateur
manager = gestionnaire
founder = fondateur
office-of = Bureau (pour un élu ou un agent)
members = { $n ->
    [one] { $n } membre
   *[other] { $n } membres
}
let-out = Faire sortir quelqu'un
let-out-words = Ses rôles prennent fin. Ce que la personne a dit avant reste.
let-out-person = Qui (nom ou identifiant)
let-out-stolen = Son téléphone a été volé : rien de ce qui a été dit avec ne reste avant qu'un gestionnaire l'accepte
members-only = Réservé aux membres
roles-history = Qui a quel rôle, depuis quand
roles-history-words = Qui a fait entrer ou sortir qui, et qui a donné quel rôle. Les heures sont celles de l'arrivée sur cet appareil.
does-not-count = ne compte pas
backdated = se dit plus ancienne que la précédente
begin-members-only = Réservée aux membres : personne d'autre n'apprend son nom, qui en est ni ce qui s'y dit
epoch = { $n ->
   *[other] Clé numéro { $n }
}
renew = Renouveler la clé
renew-words = Les membres se rencontrent sous une clé. Elle se renouvelle d'elle-même quand quelqu'un sort ; renouvelez-la si elle a pu parvenir à d'autres.
granted-by = Reçu de { $what }
save = Garder
my-id = Mon identifiant
my-id-words = Montrez-le à un gestionnaire pour recevoir un rôle.
visitor = visiteur
visitor-words = Vous êtes en visite. Cet appareil écrit vos mots sous le nom que vous donnez et s'en porte garant. Les visiteurs ne votent pas.
failed-visitor = Les visiteurs ne votent pas et n'ont pas de messages. Demandez un ticket pour devenir membre.
questions-none = Aucune question n'attend de réponse.
see-debate = Voir le débat
answer = Réponse
more = Plus
withdraw = Retirer mes mots
withdraw-words = Les mots disparaissent partout où la nouvelle arrive. On voit encore que quelque chose a été dit.
hide = Cacher
hide-reason = Raison (publique, avec votre nom)
unhide = Montrer de nouveau
not-yet-open = Pas encore ouvert
closed-as-declared = La date de fin annoncée est passée. Tout compte encore, tant que personne n'a signé la fermeture.
vote-next = Voter, une parole à la fois
groups = Groupes d'opinion
groups-words = Les personnes qui votent de la même manière forment un groupe. Le calcul est le même sur tous les appareils.
groups-same = Même résultat partout où ce code est le même :
groups-map = Carte des personnes selon leurs votes
group = Groupe { $what }
your-group = votre groupe
together = Ce que tous les groupes partagent
placed-n = { $n ->
    [one] { $n } personne a assez voté pour être placée
   *[other] { $n } personnes ont assez voté pour être placées
}
ballots = Bulletins en papier
ballots-counted = { $n ->
    [one] { $n } bulletin compté
   *[other] { $n } bulletins comptés
}
ballots-conflicts = { $n } en conflit
ballot-enter = Saisir un bulletin
ballot-token = Le code du bulletin
ballot-counts = compte
ballot-replaced = remplacé
ballot-in-conflict = en conflit
ballot-set-aside = mis de côté
settle = Lequel compte ?
settle-none = Aucun
settled-by = Tranché par { $what } :
order = Ordre
order-oldest = Dans l'ordre
order-newest = Les dernières
order-wanted = À voter
order-votes = Les plus votées
back = Retour
votes = { $n ->
    [one] { $n } vote
   *[other] { $n } votes
}
late-votes = { $n ->
    [one] { $n } vote après la fermeture
   *[other] { $n } votes après la fermeture
}
voted-n = { $n ->
    [one] { $n } vote fait
   *[other] { $n } votes faits
}
remaining-n = encore { $n }
voted-all = Vous avez voté sur tout. Merci !
blocked = Vous ne voulez pas voir cette personne.
block = Ne plus voir cette personne
block-words = Cela reste sur cet appareil, personne ne le sait.
unblock = La voir de nouveau
appeal = Demander un réexamen
appeal-words = Pourquoi montrer cela de nouveau ?
moderation = Modération
moderation-words = Ce qui a été caché, par qui et pourquoi. Tout est public et peut être annulé.
moderation-none = Rien n'a été caché.
moderation-hidden = Caché
moderation-shown-again = Montré de nouveau
moderation-stays-hidden = Reste caché
moderation-appeal = Réexamen demandé
stays-hidden = Laisser caché
is-hidden = caché
is-shown = montré
proposals-how = Une proposition se fait dans un débat : une action ou un projet.
proposals-none = Aucune proposition n'est encore arrivée ici.
see-proposal = Voir la proposition
signatures = { $n ->
    [one] { $n } signature
   *[other] { $n } signatures
}
sign = Signer
sign-back = Retirer ma signature
status = Où elle en est
status-none = Le bureau compétent n'a encore rien dit.
status-set = Dire où elle en est
status-received = reçue
status-studied = étudiée
status-accepted = acceptée
status-refused = refusée
status-done = faite
reason = Raison
wording = Le texte
wording-none = Pas encore de texte commun.
wording-begin = Commencer le texte
wording-begin-words = Le texte s'écrit ensemble ; on voit qui a écrit quoi.
wording-edit = Modifier le texte
wording-history = Versions
wording-see = voir
wording-old = Une version précédente. « Modifier le texte » repart de ces mots.
waits-words = Mots pas encore arrivés
waits-blobs = Fichiers
standing-superseded = Remplacée
standing-cancelled = Annulée
standing-expired = Plus valable
standing-withdrawn = Retirée
knowledge = Dernières nouvelles reçues { $what }.
knowledge-none = Cet appareil n'a encore rien reçu d'un autre.
register = Registre des décisions
register-words = Chaque bureau numérote ses décisions. Un numéro qui manque veut dire qu'une décision n'est pas encore arrivée ici.
register-none = Aucune décision n'est encore arrivée ici.
decisions-held = { $n } ici
decisions-missing = { $n ->
    [one] { $n } manque ici
   *[other] { $n } manquent ici
}
not-in-force = n'est plus en fonction
cosign = Cosigner
translate = Le dire dans une autre langue, ou de vive voix
language = Langue (fr, bm, ff, snk, ar…)
offices = Qui répond ?
offices-words = Comment chaque bureau répond aux questions. Le calcul est le même sur tous les appareils ; les jours sont ceux que les auteurs ont déclarés.
offices-none = Aucun bureau n'est encore confié à quelqu'un ici.
asked-n = Questions posées
reached-n = Arrivées, avec preuve
answered-n = Avec réponse
waiting-n = En attente
median-days = Jours pour répondre (valeur du milieu)
ask = Poser une question
ask-whom = À qui ?
questions-waiting = En attente
questions-answered = Avec réponse
questions-all = Toutes
question-waiting = envoyée
question-reached = arrivée
question-read = lue
question-answered = a une réponse
read-it = Je l'ai lue
labels = Les mots qui parlent
labels-words = Dites le mot, et une demi-phrase à son sujet, dans la langue de cette page. Qui ne lit pas l'entendra sur la première page.
labels-which = Quel choix
labels-sound = L'enregistrement, de 256 ko au plus
reached-since = arrivée { $what }
carry = Sur une clé USB
carry-words = Sans réseau, un fichier fait le chemin : sur une clé USB, une carte mémoire, par Bluetooth. Tout y est signé ; la personne qui le porte ne peut rien y changer.
carry-in = Recevoir un fichier
carry-in-words = Un fichier fait par un autre appareil : tout ce qu'il contient, ou seulement des questions ou des réponses. Le recevoir deux fois ne fait aucun mal.
carry-all = Tout emporter
carry-all-words = Tout ce qu'il y a sur cet appareil : les mots d'abord, puis les voix et les images, jusqu'à 256 Mo.
carry-all-save = Enregistrer le fichier
carry-for = Seulement ce qui manque à l'autre appareil
carry-digest-file = La liste de l'autre appareil (si vous l'avez)
carry-digest = Dire ce qu'il y a ici
carry-digest-words = Une petite liste pour l'autre appareil : il n'apportera que ce qui manque ici.
carry-digest-save = Enregistrer la liste
carry-taken = Le fichier est reçu
carry-new = { $n ->
    [one] { $n } nouveau
   *[other] { $n } nouveaux
}
carry-held = { $n } déjà ici
carry-refused = { $n ->
    [one] { $n } refusé
   *[other] { $n } refusés
}
carry-damaged = Une partie du fichier est abîmée. Ce qui était entier est reçu ; un nouveau fichier du même appareil apportera le reste.
carry-questions = { $n ->
    [one] { $n } question attend
   *[other] { $n } questions attendent
}
saturday = Le samedi
saturday-words = Les questions sans réponse vont au bureau sur une clé USB. Là, on les reçoit, on y répond, et les réponses reviennent par le même chemin.
saturday-office = Quel bureau ?
saturday-questions = Emporter les questions
saturday-answers = Rapporter les réponses
saturday-no-questions = Aucune question n'attend ce bureau. Il n'y a rien à emporter.
saturday-no-answers = Ce bureau n'a encore répondu à aucune question ici. Il n'y a rien à rapporter.
failed-no-file = Aucun fichier n'a été choisi. Rien n'a été changé.
failed-no-bundle = Ce fichier ne vient pas de Baro, ou il est entièrement abîmé. Rien n'a été changé.
failed-is-digest = Ce fichier est la liste de ce qu'il y a sur un appareil. Donnez-la sous « Seulement ce qui manque à l'autre appareil ».
failed-no-digest = Ce fichier n'est pas la liste d'un autre appareil. Rien n'a été fait.
failed-no-table = Ce fichier n'est pas un tableau de Polis. Rien n'a été changé.
failed-moment = On ne comprend pas le jour ou l'heure. Écrivez par exemple 2026-11-28 09:00. Rien n'a été envoyé.
failed-window = L'ouverture doit venir avant la fermeture. Rien n'a été envoyé.
window = Ouverture et fermeture
window-opens = S'ouvre le
window-closes = Se ferme le
window-words = Heure du Mali (UTC). C'est une annonce : seule la fermeture signée met fin au débat.
polis-in = Reprendre un débat de Polis
polis-in-words = Les tableaux exportés par Polis deviennent un débat, avec ses paroles et ses votes. Chaque participant devient une personne sur cet appareil ; l'appareil se porte garant d'elle.
polis-prefix = Nom de ces personnes, avant leur numéro
polis-left-out = { $n ->
    [one] { $n } vote laissé de côté.
   *[other] { $n } votes laissés de côté.
}
polis-out = Tableaux pour Polis
polis-out-words = Le débat en quatre tableaux (CSV) : les paroles, les votes, qui a voté quoi, le résumé.
optional = (si vous l'avez)
messages = Messages
messages-note = Seule la personne à qui vous écrivez peut lire le message. Les autres appareils le transportent, sans pouvoir l'ouvrir. Ce qui est ouvert reste sur cet appareil.
messages-none = Aucun message ici.
messages-new = { $n ->
    [one] { $n } nouveau message
   *[other] { $n } nouveaux messages
}
message-write = Écrire un message
message-to = À qui ?
message-send = Envoyer
message-new = nouveau
message-stranger = n'est pas connu ici comme membre
message-state-written = Écrit. D'après ce qu'on sait, il n'est que sur cet appareil.
message-state-carried = En route : un autre appareil le garde
message-state-delivered = Arrivé, avec un reçu signé
message-state-read = Lu, avec un reçu signé
message-carried-since = remis { $what }
message-reached = l'a reçu
message-has-read = l'a lu
group-new = Nouveau groupe
group-name = Nom du groupe (seuls ses membres le voient)
group-members = Qui est dans ce groupe
group-owner = a créé le groupe
group-add = Faire entrer
group-remove = Faire sortir
done-sealed = Le message est fermé : personne d'autre ne peut l'ouvrir. Il partira à la prochaine rencontre.

# Refusals
# Pourquoi quelque chose a été refusé : ce qui s'est passé, et que faire. `command` ne se montre qu'à qui tape
# des commandes.
or = ou
thing-alert = une alerte
thing-announcement = une annonce
thing-appeal = une demande de réexamen
thing-ballot = un bulletin
thing-course = un cours
thing-debate = un débat
thing-decision = une décision
thing-earlier = ce qui est remplacé
thing-entry = une entrée avec des mots
thing-post = une parole
thing-proposal = une proposition
thing-question = une question
thing-text = un texte
thing-translated = ce qui est à traduire
counted-unknown-community = d'une communauté que personne ici n'a rejointe
counted-unknown-key = signé par une clé qu'aucun acte ne nomme
counted-gap = d'un journal dont le début manque
counted-bad-record = un acte contraire aux règles
counted-other-branch = une autre branche d'un journal déjà ici
counted-waiting-room-full = pas autorisé, et il n'y a plus de place pour attendre
counted-unwanted = des mots qu'aucune entrée ne nomme, ou une modification que rien ne suit
counted-bad-parcel = un message scellé d'une autre version ou d'une autre taille
counted-unwanted-blob = une partie d'un fichier que rien ne nomme
counted-no-room = une partie d'un fichier pour lequel il n'y a pas assez de place
counted-unreadable-section = une partie que ce programme ne sait pas lire
counted-foreign-record = un acte d'une autre communauté
counted-unsigned-record = un acte dont les signatures ne tiennent pas
counted-foreign-proof = une preuve d'une autre communauté
counted-bad-proof = une preuve de deux branches qui ne tient pas
counted-foreign-part = une partie qui n'est pas de ce fichier
counted-unnamed-log = des entrées d'un journal qui n'est pas nommé
counted-bad-run = une suite d'entrées vide ou trop longue
counted-unsigned-entries = des entrées dont la signature ne tient pas
counted-other = d'autres raisons
refused-stopping = Le nœud s'arrête. Ce qui avait reçu une réponse est gardé.
refused-store = Les données de cet appareil n'ont pas pu être lues ou écrites : { $detail }
refused-disk-full = Le disque est plein : rien de nouveau ne peut être gardé, mais rien de ce qui était gardé n'est perdu. Faites de la place, puis recommencez.
refused-not-taken = Ce que vous avez écrit n'a pas été accepté : { $why }.
refused-only-reads = Un nœud qui ne fait que lire ne peut pas faire cela.
refused-at-rest = Un nœud au repos n'a pas de réseau.
refused-no-pages = Aucun nœud ne donne de pages ici.
    .command = baro run --http 127.0.0.1:8080 en donne
refused-sync-failed = L'échange n'est pas allé au bout : { $detail }
refused-begun = Cet appareil a déjà une personne : { $name }.
    .command = d'autres personnes : baro person add NOM
refused-restore-begun = Cet appareil a déjà commencé : une sauvegarde se restaure là où personne n'a commencé, dans un dossier à elle.
    .command = baro --data NOUVEAUDOSSIER restore …
refused-backup-torn = Cette sauvegarde ne peut être lue : { $detail }. Rien n'a été changé.
refused-not-begun = Cet appareil n'a encore personne.
    .command = baro init --name NOM
refused-not-understood = Une réponse du nœud n'a pas été comprise : { $detail }
refused-name-length = Un nom compte de 1 à 128 octets (une lettre comme ɛ compte pour 2).
refused-name-taken = Une personne nommée « { $name } » est déjà sur cet appareil : choisissez un autre nom.
refused-named-twice = « { $name } » est nommé deux fois dans ce lot.
refused-not-on-device = Personne ne s'appelle « { $name } » sur cet appareil.
    .command = baro person list montre qui y est
refused-nobody-here = Personne sur cet appareil n'est dans cette communauté.
refused-person-unknown = Personne ne s'appelle « { $name } » dans cette communauté, pour autant qu'on sache ici.
    .command = baro members montre qui y est
refused-person-ambiguous = Plusieurs personnes s'appellent « { $name } » : donnez l'identifiant.
    .command = baro members le montre
refused-person-not-added = Cette personne n'a pas été ajoutée.
refused-visitor-not-entered = Le visiteur n'a pas pu être inscrit.
refused-pin-digits = Un code secret compte de 4 à 12 chiffres.
refused-pin-wrong = Ce n'est pas le bon code. Vous pouvez réessayer tout de suite.
refused-pin-wrong-wait = { $count ->
    [one] Ce n'est pas le bon code. Attendez { $count } seconde, puis réessayez.
   *[other] Ce n'est pas le bon code. Attendez { $count } secondes, puis réessayez.
}
refused-pin-wait = { $count ->
    [one] Trop de codes faux : attendez { $count } seconde, puis réessayez. Rien n'est perdu.
   *[other] Trop de codes faux : attendez { $count } secondes, puis réessayez. Rien n'est perdu.
}
refused-vault-locked = Ceci est à { $name } et ne s'ouvre qu'avec son code secret.
    .command = --pin-stdin le prend dans ce qu'on lui envoie
refused-no-role = { $name } n'a pas ici ce rôle : { $roles }. Demandez-le à un gestionnaire.
    .command = baro grant
refused-role-unknown = « { $text } » n'est pas un rôle. Les rôles sont { $roles }.
refused-office-only-official = Seul un élu ou un agent a un bureau.
    .command = grant PERSONNE official
refused-founder-twice = Le fondateur « { $name } » est nommé deux fois.
refused-threshold = Un seuil de { $count } demande autant de fondateurs : nommez les autres.
    .command = --founder NOM
refused-not-founder = Seuls les fondateurs ensemble peuvent retirer son rôle à un fondateur, et { $name } n'est pas fondateur.
refused-last-founder = C'est le dernier fondateur : il reste, car sans lui personne ne pourrait remplacer un gestionnaire perdu.
refused-founders-together = Il faut { $threshold } fondateurs ensemble pour retirer les rôles d'un fondateur, et sur cet appareil il y en a { $here }.
refused-nearer-founders = { $person } est plus proche des fondateurs que { $by } : seule une personne aussi proche peut retirer le rôle.
refused-act-foreign = Ce n'est rien que des fondateurs signent ensemble : cela commence par { $prefix }
refused-act-torn = Il en manque un morceau, ou il est mal recopié. Rien n'a été signé : demandez-le encore une fois.
refused-act-broken = Il ne peut pas servir, et rien n'a été signé : { $detail }
refused-act-changed = Une signature n'y correspond pas au contenu : il a été changé en chemin. Rien n'a été signé. Demandez-en un autre à qui l'a proposé.
refused-act-foreign-kind = Ce n'est pas de ce que des fondateurs signent ensemble. Rien n'a été signé.
refused-act-elsewhere = Cela concerne une communauté qui n'est pas sur cet appareil.
refused-act-entered = C'est déjà enregistré ici : il n'y a plus rien à signer.
refused-act-stale = Une des personnes qui doivent signer n'est plus fondatrice : cela ne compterait pas. Il faut le proposer de nouveau.
refused-act-not-founder = Seuls des fondateurs signent ceci, et « { $name } » n'en est pas.
refused-act-not-asked = Il faut les signatures de { $names }, dont les clés ne sont pas sur cet appareil.
refused-act-signed-already = { $name } a déjà signé. Il manque encore : { $names }
refused-act-too-few = Il faut { $threshold } fondateurs, et ceci n'en demande que { $count } : cela ne compterait pas.
refused-act-too-much = Il faudrait nommer plus de { $count } actes ou journaux : c'est trop pour passer de main en main. Réunissez les clés des fondateurs sur un appareil.
refused-act-with = { $count } de ces fondateurs doivent encore signer : { $names }
    .command = dire lesquels : --with NOM
refused-act-members-only = Une communauté réservée aux membres commence avec tous ses fondateurs sur un seul appareil.
refused-founder-key = « { $text } » n'est pas une clé de fondateur.
    .command = en faire une sur l'appareil du fondateur : community key
refused-founder-keys-full = { $count } clés attendent déjà ici pour des communautés à venir.
refused-no-signed-head = Il n'y a ici aucune signature de l'auteur qui aille jusque-là.
refused-signed-by-several = Ce que plusieurs personnes ont signé ne s'accepte pas ainsi.
refused-no-log-or-record = « { $text } » n'est ici ni un journal ni un acte.
    .command = baro accept montre ce qui attend
refused-record-broken = Cela ne peut pas être signé ainsi : { $detail }
refused-grant-missing = Un rôle de cette chaîne manque ici.
refused-no-community = Cet appareil n'est encore dans aucune communauté : créez-en une, ou rejoignez-en une avec un ticket.
    .command = baro community create NOM, ou baro join TICKET
refused-several-communities = Cet appareil est dans plusieurs communautés : dites laquelle.
    .command = --community NOM ; baro community list les montre
refused-community-unknown = La communauté « { $name } » n'est pas ici.
    .command = baro community list montre celles qui y sont
refused-community-ambiguous = Plusieurs communautés s'appellent « { $name } » : donnez l'identifiant.
    .command = baro community list le montre
refused-community-gone = Cette communauté n'est plus ici.
refused-beginning-missing = Le début de cette communauté manque.
refused-ticket-foreign = Ce n'est pas un ticket d'invitation : il commence par { $prefix }
refused-ticket-torn = Ce ticket est incomplet ou mal recopié : copiez-le ou scannez-le encore une fois en entier.
refused-ticket-invalid = Ce ticket n'est pas valable : { $why }. Demandez-en un nouveau.
    .command = baro invite
refused-ticket-too-long = il est trop long
refused-ticket-no-community = sa communauté manque
refused-ticket-no-inviter = aucune personne qui a le droit d'inviter ne l'a signé, ou l'invitation a été retirée
refused-ticket-broken = ce qu'il contient ne se lit pas ({ $detail })
refused-joined-already = { $name } est déjà dans cette communauté.
    .command = pour une autre personne : baro --as NOM join TICKET
refused-open-community = { $name } est ouverte : seule une communauté réservée à ses membres a une clé qui se renouvelle.
refused-epoch-unknown = La clé actuelle de cette communauté n'est pas arrivée ici : rencontrez d'abord un autre membre, ou rejoignez-la encore une fois avec un nouveau ticket.
refused-epochs-used-up = Les clés de cette communauté sont numérotées jusqu'au bout. Que ses fondateurs mettent fin au rôle de qui a fait cela.
refused-members-only-bundle = { $name } est réservée à ses membres : ce qui va dans ce fichier, n'importe qui pourrait le lire.
    .command = baro carry DOSSIER, ou baro bundle export FICHIER, le scelle pour ses membres
refused-not-id = « { $text } » n'est pas le bon identifiant. Ce qui est attendu : { $what }.
refused-not-that = { $id } est autre chose. Ce qui est attendu : { $what }.
refused-not-here = Pas encore sur cet appareil : { $what } { $id }. Cela viendra peut-être à la prochaine rencontre.
refused-no-id-or-mark = « { $text } » n'est ni un identifiant ni un @repère.
refused-mark-unknown = Aucune parole d'ici ne porte le repère @{ $mark }.
refused-gone = Ce n'est plus ici.
refused-log-missing = Le journal de cette entrée manque.
refused-words-none = Il n'y a rien à dire : le titre et le texte sont vides.
refused-words-too-long = C'est trop long : { $bytes } octets, et une parole en contient au plus { $max }. Dites-le en plusieurs fois.
refused-mark-too-long = Un repère a au plus { $max } octets.
refused-said-wrongly = Cela ne peut pas se dire ainsi : { $detail }
refused-field-bad = Cela ne peut pas se dire ainsi : un champ est vide, trop long ou mal rempli. Corrigez-le, puis recommencez.
refused-language-bad = « { $text } » n'est pas un code de langue : écrivez par exemple fr, bm, ff-Adlm ou fr-ML (BCP 47).
refused-language-missing = Une traduction doit dire sa langue.
    .command = par exemple --lang bm
refused-hidden-not-translated = Un modérateur l'a caché : cela ne se traduit pas.
refused-nothing-asked = Rien n'a été demandé.
refused-group-too-large = Un lot contient au plus { $max } opérations.
refused-persons-first = Les personnes viennent avant le reste.
refused-debate-closed = Ce débat est fermé : ce qui vient maintenant ne compterait pas.
refused-closed-already = Ce débat est déjà fermé.
refused-closing-too-large = Ce débat a { $logs } journaux, et une fermeture en cite au plus { $max } : il reste ouvert.
refused-window-order = L'ouverture d'un débat vient avant sa fermeture.
refused-post-needs-debate = Une parole se dit dans un débat.
refused-other-debate = La parole à laquelle vous répondez est d'un autre débat.
refused-only-question-to = Seule une question se pose à quelqu'un.
    .command = --kind question
refused-not-question = Cette parole n'est pas une question.
    .command = baro questions les montre
refused-vote-unknown = « { $text } » n'est pas un vote. On peut être d'accord, pas d'accord, ou passer.
    .command = agree, disagree ou pass
refused-kind-unknown = « { $text } » n'est pas une sorte de parole. Il y a l'avis, la proposition et la question.
    .command = statement, proposal ou question
refused-order-unknown = « { $text } » n'est pas un ordre : oldest, newest, votes ou wanted.
refused-author-elsewhere = Seul son auteur peut le changer, et il n'est pas sur cet appareil.
refused-decision-stands = Une décision reste telle qu'elle a été prise ; une autre, plus tard, peut la remplacer.
    .command = baro announce --decision --supersedes
refused-alert-stands = Une alerte ne se retire pas ; une nouvelle peut la remplacer.
    .command = baro announce --alert --supersedes
refused-not-hidden = Cette parole n'est pas cachée : il n'y a rien à réexaminer.
refused-not-appeal = { $id } n'est pas une demande de réexamen.
refused-reason-missing = Dites pourquoi : tout le monde lit la raison.
refused-judge-own = La personne qui a caché une parole ne juge pas la demande : un autre modérateur ou gestionnaire le fait.
    .command = pour montrer de nouveau ce que vous avez caché : baro unhide
refused-block-self = On ne se bloque pas soi-même.
refused-block-max = On peut bloquer au plus { $max } personnes.
refused-text-not-begun = Le texte n'a pas été commencé.
refused-signed-already = Vous avez déjà signé cette proposition.
refused-not-signed = Vous n'avez pas signé cette proposition.
refused-status-unknown = « { $text } » n'est pas un état. Les états sont : reçue, étudiée, acceptée, refusée ou faite.
    .command = received, studied, accepted, refused ou done
refused-say-why = Dites pourquoi elle est refusée.
    .command = --reason
refused-which-office = Dites au nom de quel bureau vous parlez.
    .command = --office NOM
refused-may-not-edit = { $name } ne peut pas modifier ce texte.
    .command = baro text show dit qui le peut
refused-version-unknown = Cette version n'est pas ici.
    .command = baro text show --history les montre
refused-not-change = « { $text } » n'est pas l'identifiant d'une modification.
refused-text-full = Ce texte est plein ; continuez dans un nouveau texte.
refused-text-no-character = Il n'y a pas de caractère n° { $position } dans un texte de { $length } caractères.
refused-text-version-gone = La version du texte que vous avez modifiée n'est pas ici. Rouvrez le texte et refaites la modification.
refused-text-broken = Ce texte n'a pas pu être lu : { $detail }
refused-no-title = Une annonce doit avoir un titre.
refused-priority-unknown = « { $text } » n'est pas une priorité : low, normal ou high.
refused-decision-or-alert = Une décision n'est pas une alerte : annoncez-les séparément.
refused-decision-needs-office = Une décision est prise par un bureau : dites lequel.
    .command = --office NOM
refused-alert-fields = L'urgence, la gravité et le reste vont avec une alerte.
    .command = --alert
refused-decider-signed = La personne qui décide a déjà signé : ce sont les autres qui cosignent.
refused-cosigned-already = { $name } a déjà cosigné.
refused-announcement-kind = « { $text } » n'est pas une sorte d'annonce. Les sortes sont : { $kinds }
refused-no-alert = Ce n'est pas une alerte, ou ses mots ne sont pas encore arrivés : seules les alertes deviennent des fichiers CAP.
refused-alert-file = Ce fichier n'est pas accepté : { $detail }
refused-alert-machines = Ce fichier est un échange entre machines ({ $kind }) : il n'annonce rien aux gens.
refused-alert-not-public = Cette alerte n'est pas publique : ce qui est annoncé ici, tout le monde le lit.
refused-alert-word = « { $text } » ne convient pas pour le champ { $field } d'une alerte. On peut mettre : { $allowed }
refused-not-time = « { $text } » n'est pas une date : écrivez-la comme 2026-11-25T07:30:00+00:00 (avec le décalage par rapport à l'heure UTC).
refused-alert-areas = Une alerte a au plus { $max } zones d'une même forme.
refused-alert-area = « { $text } » ne convient pas pour { $what }.
refused-alert-field-long = Le champ { $field } d'une alerte a au plus { $max } octets.
refused-alert-replaces = Ce qui remplace une autre alerte est une mise à jour (Update) ou une annulation (Cancel).
refused-alert-replaces-what = Une mise à jour (Update) ou une annulation (Cancel) remplace une alerte : dites laquelle.
    .command = --supersedes
refused-alert-web = L'adresse donnée avec l'alerte n'est pas celle d'une page.
refused-ask-whom = Dites à qui vous posez la question : une personne ou un bureau.
    .command = --to, --office
refused-no-offices = Il n'y a encore aucun bureau dans cette communauté.
refused-office-not-among = Aucun bureau ne s'appelle « { $name } ». Les bureaux sont : { $offices }
refused-office-unknown = Aucun bureau ne s'appelle « { $name } » ici.
    .command = baro responsiveness les montre
refused-state-unknown = « { $text } » n'est pas un état : waiting ou answered.
refused-entries-max = On ouvre au plus { $max } entrées à la fois.
refused-entries-of-several = Ces entrées viennent de plusieurs communautés.
refused-entries-which = Dites quelles entrées.
refused-token-length = Le code d'un bulletin compte de 1 à 64 octets.
refused-ballot-post-elsewhere = { $id } est d'un autre débat.
refused-ballot-twice = Il y a deux votes sur { $id }.
refused-ballot-votes = Un bulletin a au moins un vote, et au plus { $max }.
refused-ballot-author = Seule la personne qui a saisi un bulletin peut le corriger ; un modérateur peut trancher.
    .command = baro ballot settle
refused-ballot-unknown = Aucun bulletin d'ici ne porte le code { $token }.
refused-ballot-not = { $text } n'est pas un bulletin qui porte le code { $token }.
refused-ballot-too-often = Le code { $token } a servi { $times } fois ; au-delà de { $max }, on ne tranche plus et rien ne compte.
refused-file-unknown = Le fichier { $id } n'est pas ici, et aucun mot d'ici ne le nomme.
    .command = baro blob list les montre
refused-file-ambiguous = Plusieurs fichiers ont un identifiant qui commence par { $id } : écrivez-en davantage.
refused-file-not-id = « { $text } » n'est pas l'identifiant d'un fichier.
refused-file-pinned = Ce fichier est épinglé, donc il reste : enlevez d'abord l'épingle.
    .command = baro blob unpin
refused-file-not-here = Le fichier { $id } n'est pas sur cet appareil : ajoutez-le d'abord.
    .command = baro blob add
refused-file-too-many = On joint au plus { $max } fichiers à une parole, et il y en a { $count }.
refused-file-twice = Le même fichier est joint deux fois.
refused-file-rule = Ce fichier ne peut pas être joint : { $detail }
refused-file-empty = Le fichier est vide.
refused-file-cut = Le fichier n'est pas entier : il s'arrête avant la fin. Copiez-le encore, ou enregistrez de nouveau.
refused-file-kind = Ce type de fichier n'est pas accepté. On peut joindre : Opus (ogg), WebM, M4A ou MP4, JPEG, PNG, WebP, PDF.
refused-file-no-voice = Ce n'est pas l'enregistrement d'une voix. Ajoutez-le comme image ou document.
    .command = --attach
refused-file-too-large = Le fichier a { $size } octets, et on en accepte au plus { $max }. Parlez moins longtemps, ou choisissez un fichier plus petit.
refused-file-failed = Le fichier n'a pas pu être lu ou écrit : { $detail }
refused-course-too-long = Un cours a au plus { $max } leçons et quiz : partagez-le en deux cours.
refused-course-file = { $path } : { $why }
refused-course-file-empty = Il est vide.
refused-quiz-broken = Le quiz n'a pas pu être lu : { $detail }
refused-no-section = Ce n'est pas une partie d'un fichier de Baro.
refused-form-too-much = Il y a trop de choses dans ce formulaire.
refused-form-files = Un formulaire contient au plus { $max } fichiers.
refused-form-too-large = Les fichiers sont plus grands que ce que cette page accepte ({ $max } Mio).
refused-form-no-words = Un champ du formulaire ne contient pas de texte lisible.
refused-form-unreadable = Le formulaire n'a pas pu être lu ({ $detail }). Revenez à la page et recommencez.
refused-message-unknown = « { $text } » n'est pas un de vos messages sur cet appareil.
    .command = baro message list les montre
refused-message-ambiguous = Plusieurs messages commencent par « { $text } ».
refused-message-to-self = On ne s'écrit pas à soi-même.
refused-message-no-key = La clé de { $name } pour les messages n'est pas encore arrivée ici : elle vient à la prochaine rencontre, dès que son appareil en a fait une.
    .command = baro message list, sur son appareil
refused-message-waits = Trop de messages de cet appareil sont encore en chemin, 60 jours chacun : attendez que certains soient partis. Ceux d'avant ne sont pas perdus.
refused-message-empty = Ce message est vide : ajoutez des mots ou votre voix.
refused-message-too-long = C'est trop long pour un message : au plus 16 Kio de mots, environ 128 ko avec la voix.
refused-message-broken = Cela ne peut pas être envoyé ainsi : { $detail }
refused-voice-note-long = Dans un message, un enregistrement a au plus 120 000 octets, environ deux minutes. Parlez moins longtemps.
refused-voice-note-code = L'enregistrement d'un message s'envoie en base 64.
refused-group-unknown = Vous n'êtes dans aucun groupe « { $name } » sur cet appareil.
    .command = baro group list montre les vôtres
refused-group-ambiguous = Plusieurs groupes s'appellent « { $name } » : donnez l'identifiant.
    .command = baro group list le montre
refused-group-owner-only = Seule la personne qui a créé le groupe, { $name }, y fait entrer et en fait sortir.
refused-group-in-already = Ces personnes sont déjà dans le groupe.
refused-group-max = Un groupe a au plus { $max } membres.
refused-group-owner-stays = La personne qui a créé un groupe y reste.
refused-group-not-in = Cette personne n'est pas dans le groupe.
refused-table-failed = Un tableau n'a pas pu être fait : { $detail }
refused-polis-no-table = { $file } n'est pas un tableau de Polis : { $detail }
refused-polis-column = { $file } n'est pas un tableau de Polis : la colonne { $name } manque.
refused-polis-number = { $file } : « { $text } » n'est pas un nombre.
refused-polis-missing = { $file } manque parmi les fichiers exportés.
refused-polis-twice = comments.csv contient deux fois le commentaire { $id }.
refused-polis-vote = votes.csv : « { $text } » n'est pas un vote.
refused-polis-max = On reprend au plus { $max } participants et commentaires.
refused-polis-name-taken = Une personne nommée { $name } est déjà sur cet appareil : choisissez un autre nom pour ces personnes.
    .command = --prefix
awaits-room = pas assez de place : libérez-en, ou augmentez la place réservée aux fichiers
awaits-free-link = ce lien coûte de l'argent : cela viendra par un lien gratuit, ou une fois épinglé
awaits-anybody = aucun appareil n'est relié
awaits-holder = en route, ou aucun appareil relié ne l'a
awaits-words = les entrées sont venues sans leurs mots ; un appareil qui les a les donnera
warns-fork = { $name } a écrit dans un même journal depuis deux appareils (ou depuis une copie restaurée) : ce qui vient après l'entrée { $entry } est rayé. Rien de ce qui précède n'est perdu.
warns-waiting = { $logs } journaux et { $records } actes sont ici sans qu'un rôle les couvre : ils ne sont pas montrés. Un gestionnaire peut les admettre.
    .command = baro accept les montre
deed-founded = { $by } a fondé cette communauté.
deed-granted = { $by } a donné à { $who } le rôle : { $role }.
deed-granted-again = { $by } a fait revenir { $who }, avec le rôle : { $role }.
deed-granted-office = { $by } a confié à { $who } le bureau « { $office } ».
deed-invited = { $by } a fait un ticket.
deed-came-in = { $who } est venu par un ticket de { $by }.
deed-ended = { $by } a fait sortir { $who }. Ce que { $who } avait dit et signé avant reste.
deed-ended-roles = { $by } a retiré à { $who } : { $roles }. Ce qui a été dit et signé avant reste.
deed-stolen = { $by } a fait sortir { $who } pour vol : rien de ce que { $who } a signé ne reste, sauf si un gestionnaire l'accepte.
deed-taken-back = { $by } a repris un ticket. Qui était venu par lui reste.
deed-together = { $count } fondateurs l'ont signé ensemble.
deed-let-in = { $by } a accepté { $count } journaux ou actes de { $who }.
deed-epoch = { $by } a donné aux membres la clé numéro { $number }.
deed-two-stories = { $who } a écrit deux histoires différentes dans un même journal : après l'écrit { $count } aucune ne compte, et les deux restent visibles.
deed-senior = Cela ne compte pas : { $who } est plus près des fondateurs que { $by }.
deed-void = Cela ne compte pas : { $by } n'avait plus à le signer, ou pas encore.
deed-ticket-void = Cela ne compte pas : le ticket avait été repris.
deed-to-found = La communauté « { $name } » commence, avec { $count } fondateurs ; { $threshold } d'entre eux ensemble peuvent ce que personne d'autre ne peut.
deed-to-end = { $who } perd tous ses rôles dans { $community }.
deed-to-end-roles = { $who } perd dans { $community } : { $roles }.
deed-to-shut-out = { $who } perd tous ses rôles dans { $community } pour vol : rien de ce que { $who } y a dit ou signé ne reste, sauf si un gestionnaire l'accepte.
deed-to-keep = Ce qui a été dit et signé avant reste : { $records } actes et { $logs } journaux.
deed-signed-by = Signé par { $names }.
deed-not-signed-by = Pas encore signé par { $names } : d'ici là, cela ne fait rien.
