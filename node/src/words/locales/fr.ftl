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
locked = Verrouillé après deux minutes sans rien faire. Ce qui a été envoyé est gardé.
who-are-you = Qui êtes-vous ?
you-are = Vous êtes { $what }
you-speak-as = Vous parlez sous le nom : { $what }
its-me = C'est moi
someone-else = Quelqu'un d'autre
people-none = Personne ici n'a de code pour entrer depuis un autre appareil. Demandez à la personne qui s'occupe de ce lieu.
pin = Votre code secret
pin-wrong = Ce n'est pas le bon code. Essayez encore.
pin-wait = { $n ->
    [one] Attendez { $n } seconde, puis essayez encore.
   *[other] Attendez { $n } secondes, puis essayez encore.
}
pin-none = Vous n'avez pas encore de code : toute personne qui tient cet appareil peut parler en votre nom.
pin-new = Choisir un code (4 à 12 chiffres, si vous voulez)
pin-what = Le code empêche un voisin de parler à votre place. Il ne protège pas l'appareil si quelqu'un le vole.
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
failed-form = Ce formulaire est trop vieux ou vient d'ailleurs. Rien n'a été envoyé. Revenez à la page et recommencez.
failed-too-much = Rien n'a été envoyé. Voici pourquoi :
failed-no-page = Cette page n'est pas ici. Elle viendra peut-être à la prochaine rencontre.
done-said = C'est dit et gardé sur cet appareil. Cela partira à la prochaine rencontre.
done-voted = Votre vote est gardé. Seul le dernier compte.
done-saved = C'est gardé.
done-sent = C'est envoyé.
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
expired = Plus valable
expires = Valable jusqu'au
number = n° { $n }
number-doubled = Ce numéro a été donné deux fois.
number-gap = Une décision d'avant manque ici.
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
days = Valable combien de jours ?
send = Envoyer
public-note = Ce que vous dites ici, toute la communauté peut le lire, avec votre nom. Chaque vote reste enregistré.
debates-none = Aucun débat n'est encore arrivé ici.
debate-open = Ouvrir un débat
debate-question = La question
days-open = Ouvert combien de jours ?
debate-is-open = Ouvert
debate-closed = Fermé
debate-close = Fermer le débat
outcome = Ce qui en sort
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
node-stored = Place prise
node-files = Fichiers
node-unsent = Fichiers pas encore copiés ailleurs
node-waits = Ce qui attend
node-waits-none = Rien n'attend.
node-spent = Ce que les données ont coûté
node-refused = Ce qui a été refusé
invite = Inviter
invite-words = Le ticket fait entrer de nouveaux membres, même sans réseau. Toute personne qui le voit peut entrer : montrez-le seulement à des gens que vous connaissez.
person-add = Ajouter une personne
person-add-words = Une personne de plus sur cet appareil. La personne qui tient l'appareil s'en porte garante.
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
granted-by = Reçu de { $what }
save = Garder
my-id = Mon identifiant
my-id-words = Montrez-le à un gestionnaire pour recevoir un rôle.
visitor = visiteur
visitor-words = Vous êtes en visite. Cet appareil écrit vos mots sous le nom que vous donnez et s'en porte garant. Les visiteurs ne votent pas.
failed-visitor = Les visiteurs ne votent pas et n'ont pas de messages. Demandez un ticket pour devenir membre.
questions-how = Une question se pose dans un débat, à un élu ou à un agent que l'on nomme.
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
appeal = Demander de revoir
appeal-words = Pourquoi le montrer de nouveau ?
moderation = Modération
moderation-words = Ce qui a été caché, par qui et pourquoi. Tout est public et peut être annulé.
moderation-none = Rien n'a été caché.
moderation-hidden = Caché
moderation-shown-again = Montré de nouveau
moderation-stays-hidden = Reste caché
moderation-appeal = Demande de revoir
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
wording-old = Une version d'avant. « Modifier le texte » repart de ces mots.
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
offices-none = Personne n'a encore de bureau ici.
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
reached-since = arrivée { $what }
invite-key = Clé d'invitation
carry = Sur une clé USB
carry-words = Sans réseau, un fichier fait le chemin : sur une clé USB, une carte mémoire, par Bluetooth. Tout y est signé ; la personne qui le porte ne peut rien y changer.
carry-in = Recevoir un fichier
carry-in-words = Un fichier fait par un autre appareil : tout, des questions ou des réponses. Le recevoir deux fois ne fait aucun mal.
carry-all = Tout emporter
carry-all-words = Tout ce qu'il y a sur cet appareil : les paroles d'abord, puis les voix et les images, jusqu'à 256 Mo.
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
polis-in-words = Les tableaux exportés par Polis deviennent un débat, avec ses paroles et ses votes. Chaque participant devient une personne de cet appareil, qui s'en porte garant.
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
group-owner = a commencé le groupe
group-add = Faire entrer
group-remove = Faire sortir
done-sealed = Le message est fermé : personne d'autre ne peut l'ouvrir. Il partira à la prochaine rencontre.
