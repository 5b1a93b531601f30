# No native speaker has reviewed these.
home = Ka
news = Xibaaru
debates = Masala
questions = Tirindinu
proposals = Sinmaye
learn = Xara
agree = N duŋe
disagree = N ma duŋe
speak = Sefe
posts = sefe { $n }
