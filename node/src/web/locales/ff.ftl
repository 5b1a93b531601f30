# No native speaker has reviewed these.
home = Galle
news = Kabaruuji
debates = Yeewtere
questions = Naamne
proposals = Miijooji
learn = Janngo
node = Masiŋ oo
agree = Mi jaɓii
disagree = Mi jaɓaani
pass = Ɓennu
speak = Haal
send = Neldu
reply = Jaabo
posts = haalaaji { $n }
your-name = Innde maa
