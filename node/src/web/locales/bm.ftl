# Ɲɛ in daɲɛw bamanankan na. No native speaker has reviewed these.
home = So
news = Kunnafoniw
debates = Baro
questions = Ɲininkaliw
proposals = Laɲiniw
learn = Kalan
node = Nin minɛn in
agree = N sɔnna
disagree = N ma sɔn
pass = Tɛmɛ
speak = Kuma
send = Ci
reply = Jaabi
posts = kuma { $n }
your-name = I tɔgɔ
