# The words of the pages in English.
home = Home
news = Announcements
debates = Debates
questions = Questions to officials
proposals = Proposals
learn = Learn
node = This device
menu = Menu
skip = Skip to the content
languages = Languages
pages = Pages
newer = Newer
older = Older
listen-to = Listen: { $what }
not-reviewed = No native speaker has read this language yet.
lock = Lock
leave = Leave at once
locked = Locked after two minutes of nothing. What was sent is safe.
who-are-you = Who are you?
you-are = You are { $what }
you-speak-as = You speak under the name: { $what }
its-me = It is me
someone-else = Somebody else
people-none = Nobody here has a PIN to come in from another device. Ask whoever keeps this place.
pin = Your PIN
pin-wrong = That is not the PIN. Try again.
pin-wait = { $n ->
    [one] Wait { $n } second, then try again.
   *[other] Wait { $n } seconds, then try again.
}
pin-none = You have no PIN yet: whoever holds this device can speak as you.
pin-new = Choose a PIN (4 to 12 digits, if you like)
pin-what = A PIN keeps a neighbour from speaking in your place. It does not protect the device from a thief.
reading-only = You are reading. To speak and vote, say who you are.
communities = Communities
entries = { $n ->
    [one] { $n } entry
   *[other] { $n } entries
}
begin-title = Welcome
begin-words = This device is in no community yet.
begin-not-here = This device is in no community yet. Open the link that it showed when it started.
begin-join = I have a ticket
begin-found = Begin a community
your-name = Your name
ticket = The ticket
join = Join
community-name = Name of the community
found = Begin
admin = Look after this device
failed-title = This was not done
failed = Nothing was changed. Why:
failed-nobody = Say who speaks first. Nothing was sent.
failed-not-here = This is for who opened the link that this device showed. Nothing was changed.
failed-form = This form is too old or comes from elsewhere. Nothing was sent. Go back to the page and try again.
failed-too-much = Nothing was sent. Why:
failed-no-page = This page is not here. It may come with the next meeting.
done-said = It is said. Kept on this device; it goes on at the next meeting.
done-voted = Your vote is kept. The last one counts.
done-saved = It is kept.
done-sent = It is sent.
done-opened = The debate is open.
done-closed = The debate is closed.
done-withdrawn = Your words are taken back. That something was said stays.
done-hidden = It is hidden, with your name and the reason.
ago-now = just now
ago-ahead = a clock is ahead
ago-minutes = { $n ->
    [one] { $n } minute ago
   *[other] { $n } minutes ago
}
ago-hours = { $n ->
    [one] { $n } hour ago
   *[other] { $n } hours ago
}
ago-days = { $n ->
    [one] { $n } day ago
   *[other] { $n } days ago
}
announce = Announce
announcement = Announcement
alert = Alert
decision = Decision
news-none = Nothing was announced here yet.
superseded = Replaced by something newer
supersedes = Replaces:
see-newer = See the newer one
see-older = see the older one
expired = Over
expires = Holds until
number = no. { $n }
number-doubled = This number was given twice.
number-gap = A decision before this one is missing here.
words-missing = The words have not arrived yet.
words-withdrawn = Taken back by their author.
signed-by = Signed by { $what }
cosigned-by = Co-signed by
declared = Said on (says the author)
first-seen = Arrived here on
voice = Recording
picture = Picture
file = File
file-coming = On its way
file-no-room = Not enough room here
add-voice = Add your voice
add-file = Add a picture or a paper
kind = Kind
title = Title
words = Your words
office = Office (for a decision)
place = Place
days = Holds for how many days
send = Send
public-note = What you say here is public in the community, under your name. Votes stay in the history.
debates-none = No debate has arrived here yet.
debate-open = Open a debate
debate-question = The question
days-open = Open for how many days
debate-is-open = Open
debate-closed = Closed
debate-close = Close the debate
outcome = What comes of it
posts = { $n ->
    [one] { $n } post
   *[other] { $n } posts
}
participants = { $n ->
    [one] { $n } person
   *[other] { $n } persons
}
closed-by = Closed by { $what }
late-posts = { $n ->
    [one] { $n } post came later.
   *[other] { $n } posts came later.
}
closes-at = Until { $what }
speak = Speak
speak-who = Say who you are to speak
agree = Agree
disagree = Disagree
pass = Pass
agree-n = { $n } agree
disagree-n = { $n } disagree
pass-n = { $n } pass
reply = Reply
edited = edited
hidden-because = Hidden: { $what }
statement = Statement
proposal = Proposal
question = Question
learn-none = No course has arrived here yet.
lessons = { $n ->
    [one] { $n } lesson
   *[other] { $n } lessons
}
quizzes = { $n ->
    [one] { $n } quiz
   *[other] { $n } quizzes
}
on-its-way = { $n } on the way
all-here = all here ({ $n })
media-coming = { $n ->
    [one] { $n } recording or picture is on its way
   *[other] { $n } recordings or pictures are on their way
}
quiz-score = Right answers:
quiz-check = Check
your-answer = Your answer
right = Right
wrong = Not yet
true = True
false = False
next = Next
node-holds = What is here
node-linked = Devices linked now
node-stored = Space taken
node-files = Files
node-unsent = Files not yet copied elsewhere
node-waits = What waits
node-waits-none = Nothing waits.
node-spent = What the data cost
node-refused = What was refused
invite = Invite
invite-words = The ticket lets new members in, even without a network. Whoever sees it can come in: show it to people you know.
person-add = Add a person
person-add-words = One more person on this device. Whoever keeps the device vouches for them.
name = Name
grant = Give a role
grant-person = To whom (name or id)
role = Role
member = member
facilitator = facilitator
official = official
moderator = moderator
manager = manager
founder = founder
office-of = Office (for an official)
members = { $n ->
    [one] { $n } member
   *[other] { $n } members
}
granted-by = Given by { $what }
save = Keep
my-id = My id
my-id-words = Show it to a manager to be given a role.
visitor = visitor
visitor-words = You are visiting. This place writes your words under the name you give and vouches for it. Visitors do not vote.
failed-visitor = Visitors do not vote and have no messages. Ask for a ticket to become a member.
questions-how = A question is asked in a debate, to an official by name.
questions-none = No question waits for an answer.
see-debate = See the debate
answer = Answer
more = More
withdraw = Take my words back
withdraw-words = The words disappear wherever the news arrives. That something was said stays.
hide = Hide
hide-reason = Reason (public, with your name)
unhide = Show again
not-yet-open = Not yet open
closed-as-declared = The declared end has passed. All still counts until somebody signs the closing.
vote-next = Vote, one post at a time
groups = Groups of opinion
groups-words = People who vote alike form a group. The calculation is the same on all devices.
groups-same = The same result wherever this code is the same:
groups-map = Map of the people by their votes
group = Group { $what }
your-group = your group
together = What all groups share
placed-n = { $n } voted enough to be placed
ballots = Paper ballots
ballots-counted = { $n ->
    [one] { $n } ballot counted
   *[other] { $n } ballots counted
}
ballots-conflicts = { $n } in conflict
ballot-enter = Enter a ballot
ballot-token = The token on the ballot
ballot-counts = counts
ballot-replaced = replaced
ballot-in-conflict = in conflict
ballot-set-aside = set aside
settle = Which one counts?
settle-none = None
settled-by = Settled by { $what }:
order = Order
order-oldest = In order
order-newest = Latest
order-wanted = To vote on
order-votes = Most voted
back = Back
votes = { $n ->
    [one] { $n } vote
   *[other] { $n } votes
}
late-votes = { $n ->
    [one] { $n } vote after the closing
   *[other] { $n } votes after the closing
}
voted-n = { $n } voted
remaining-n = { $n } left
voted-all = You have voted on everything. Thank you!
blocked = You do not want to see this person.
block = See this person no more
block-words = It stays on this device, nobody knows.
unblock = See them again
appeal = Ask for another look
appeal-words = Why show it again?
moderation = Moderation
moderation-words = What was hidden, by whom and why. All of it is public and can be undone.
moderation-none = Nothing was hidden.
moderation-hidden = Hidden
moderation-shown-again = Shown again
moderation-stays-hidden = Stays hidden
moderation-appeal = Another look asked for
stays-hidden = Leave hidden
is-hidden = hidden
is-shown = shown
proposals-how = A proposal is made in a debate: an action or a project.
proposals-none = No proposal has arrived here yet.
see-proposal = See the proposal
signatures = { $n ->
    [one] { $n } signature
   *[other] { $n } signatures
}
sign = Sign
sign-back = Take my signature back
status = Where it stands
status-none = The office has not said anything yet.
status-set = Say where it stands
status-received = received
status-studied = studied
status-accepted = accepted
status-refused = refused
status-done = done
reason = Reason
wording = The wording
wording-none = No common wording yet.
wording-begin = Begin the wording
wording-begin-words = The wording is written together; one sees who wrote what.
wording-edit = Change the wording
wording-history = Versions
wording-see = see
wording-old = An earlier version. "Change the wording" begins from these words.
waits-words = Words not here yet
waits-blobs = Files
standing-superseded = Replaced
standing-cancelled = Cancelled
standing-expired = Over
standing-withdrawn = Withdrawn
knowledge = Last news came { $what }.
knowledge-none = This device has heard from no other yet.
register = Register of decisions
register-words = Decisions are numbered per office. A gap means that a decision has not arrived here yet.
register-none = No decision has arrived here yet.
decisions-held = { $n } here
decisions-missing = { $n } missing here
not-in-force = no longer in office
cosign = Co-sign
translate = Say it in another language, or aloud
language = Language (fr, bm, ff, snk, ar…)
offices = Who answers?
offices-words = How each office answers questions. The calculation is the same on all devices; days are as their authors declared them.
offices-none = Nobody holds an office here yet.
asked-n = Questions asked
reached-n = Arrived, with proof
answered-n = Answered
waiting-n = Waiting
median-days = Days to answer (the middle one)
ask = Ask a question
ask-whom = Whom?
questions-waiting = Waiting
questions-answered = Answered
questions-all = All
question-waiting = sent
question-reached = arrived
question-read = read
question-answered = answered
reached-since = arrived { $what }
invite-key = Invite key
carry = On a stick
carry-words = Without a network a file makes the way: on a USB stick, a memory card, by Bluetooth. Everything in it is signed; whoever carries it can change nothing.
carry-in = Take a file in
carry-in-words = A file that another device made: everything, questions or answers. Taking it twice does no harm.
carry-all = Take everything along
carry-all-words = What this device holds, words first, then voices and pictures, up to 256 MB.
carry-all-save = Save the file
carry-for = Only what the other lacks
carry-digest-file = The other device's list (optional)
carry-digest = Say what is here
carry-digest-words = A small list for the other device: it will bring only what is missing here.
carry-digest-save = Save the list
carry-taken = The file is taken in
carry-new = { $n } new
carry-held = { $n } here already
carry-refused = { $n } refused
carry-damaged = Part of the file is damaged. What was whole is taken in; a new file from the same device brings the rest.
carry-questions = { $n ->
    [one] { $n } question waits
   *[other] { $n } questions wait
}
saturday = Saturday
saturday-words = Open questions go to the office on a stick. There they are taken in and answered, and the answers come back the same way.
saturday-office = Which office?
saturday-questions = Take the questions along
saturday-answers = Bring the answers back
saturday-no-questions = No question waits for this office. There is nothing to take along.
saturday-no-answers = This office has answered nothing here yet. There is nothing to bring back.
failed-no-file = No file was chosen. Nothing was changed.
failed-no-bundle = This file is not from Baro, or nothing in it is intact. Nothing was changed.
failed-is-digest = This file is a list of what a device holds. Give it under "Only what the other lacks".
failed-no-digest = This file is not another device's list. Nothing was done.
failed-no-table = This file is not a table of Polis. Nothing was changed.
failed-moment = The day or time is not understood. Write for example 2026-11-28 09:00. Nothing was said.
failed-window = A debate opens before it closes. Nothing was said.
window = Opening and closing
window-opens = Opens on
window-closes = Closes on
window-words = Malian time (UTC). It is an announcement: only the signed closing ends a debate.
polis-in = Bring a debate from Polis
polis-in-words = The tables that Polis exports make a debate with its statements and votes. Each participant becomes a person of this device, which vouches for them.
polis-prefix = Name of these persons, before their number
polis-left-out = { $n ->
    [one] { $n } vote left out.
   *[other] { $n } votes left out.
}
polis-out = Tables for Polis
polis-out-words = The debate in four tables (CSV): statements, votes, who voted what, the summary.
optional = (optional)
messages = Messages
messages-note = Only the person you write to can read it. Everybody carries, nobody else opens. What is opened stays on this device.
messages-none = No message here.
messages-new = { $n ->
    [one] { $n } new message
   *[other] { $n } new messages
}
message-write = Write a message
message-to = To whom?
message-send = Send
message-new = new
message-stranger = not known as a member here
message-state-written = Written. On this device only as far as is known.
message-state-carried = On its way: another device holds it
message-state-delivered = Arrived, by signed receipt
message-state-read = Read, by signed receipt
message-carried-since = handed over { $what }
message-reached = received it
message-has-read = read it
group-new = New group
group-name = The group's name (only its members see it)
group-members = Who is in this group
group-owner = began the group
group-add = Let in
group-remove = Let out
done-sealed = It is sealed. It goes on at the next meeting.
