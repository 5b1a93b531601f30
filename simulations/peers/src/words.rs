//! Words for posts: French-like sentences from a word list of this crate, made from a seed.
//!
//! How well they compress decides what a session costs per byte said, so neither zeros nor random
//! bytes would do. Words are drawn with Zipf's law from lists by kind and put into sentences of
//! varying shape, with names, numbers and the slips of people who type on phones. `baro-peers
//! words` prints how they compress beside real comments, where `../shared/samples` is there.

use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

const NOUNS: &str = "eau pompe village école route champ marché puits conseil maire forage mil \
    maïs riz coton bétail vache mouton chèvre enfant femme homme jeune ancien maître élève livre \
    santé centre médecin sage-femme vaccin moustiquaire fièvre paludisme pluie saison récolte \
    semence engrais prix argent impôt taxe caisse banque tontine coopérative association réunion \
    assemblée vote décision projet budget travail chantier pont piste goudron camion moto charrette \
    âne essence gasoil lumière panneau batterie téléphone réseau radio nouvelle message annonce \
    terre parcelle limite conflit voisin famille chef quartier maison toit mur brique sable ciment \
    bois charbon forêt arbre karité mangue oignon tomate jardin clôture berger transhumance couloir \
    fleuve barrage canal digue inondation sécheresse vent poussière déchet ordure latrine savon \
    hygiène nourriture repas cantine bourse diplôme formation atelier métier forgeron tailleur \
    commerçant boutique client dette crédit mariage baptême fête prière mosquée jeunesse sport \
    ballon terrain stade tournoi sécurité gendarme police juge justice plainte papier acte naissance \
    carte recensement liste nom signature cachet bureau mairie cercle région commune préfet \
    gouverneur ministre délégation visite rapport compte dépense facture reçu preuve erreur \
    problème solution idée question réponse avis parole silence confiance promesse retard patience \
    effort union entente paix avenir mois semaine jour matin soir nuit année fois heure moment";
const VERBS: &str = "demander proposer accepter refuser payer réparer creuser construire planter \
    récolter vendre acheter attendre chercher trouver porter amener envoyer recevoir écrire lire \
    écouter parler expliquer comprendre oublier rappeler commencer finir continuer arrêter changer \
    garder donner prendre rendre partager aider soutenir former apprendre enseigner soigner nettoyer \
    protéger surveiller contrôler compter choisir décider voter signer organiser préparer convoquer \
    réunir informer annoncer publier critiquer remercier féliciter regretter craindre espérer \
    souhaiter exiger respecter négliger financer rembourser cotiser gérer distribuer ouvrir fermer \
    installer brancher pomper filtrer transporter couper brûler arroser nourrir élever abattre";
const ENDINGS: [&str; 7] = ["", "", "a", "ons", "ent", "é", "ait"];
const ADJECTIVES: &str = "grand petit nouveau vieux bon mauvais cher gratuit public privé commun \
    local urgent important nécessaire possible difficile facile clair sale propre profond sec \
    humide chaud froid long court rapide lent sûr dangereux juste injuste vrai faux plein vide \
    pauvre riche seul prêt absent présent dernier premier prochain passé entier malade fatigué \
    content inquiet fâché responsable compétent honnête régulier mensuel annuel gâté solide";
const LINKS: &str = "et mais donc car alors puis ensuite pourtant cependant d'abord enfin aussi \
    surtout parce que quand si comme puisque sinon en plus par contre à mon avis pour moi vraiment \
    franchement malheureusement heureusement chez nous depuis longtemps cette année";
const PLACES: &str = "Kayes Mopti Bandiagara Sévaré Djenné Konna Douentza Koro Bankass Yélimané \
    Nioro Kita Bafoulabé Diéma Kéniéba Sadiola Médine Lontou Ségala Ambidédi Fatoma Soufouroulaye \
    Sio Konio Madiama Taga Femaye Dialloubé Ouroube";
const FAMILIES: &str = "Traoré Diarra Coulibaly Keïta Konaté Sidibé Diallo Cissé Touré Maïga Dembélé \
    Sangaré Koné Camara Fofana Sissoko Tounkara Guindo Tembely Karembé Poudiougou Arama Kassogué \
    Niangaly Ongoïba Sacko Doucouré Diakité Samaké Berthé";
const FIRST: &str = "Awa Ami Fanta Mariam Oumou Kadia Rokia Sira Binta Djénéba Aïssata Salimata \
    Moussa Amadou Ibrahim Boubacar Seydou Modibo Bakary Drissa Issa Lassana Yacouba Souleymane \
    Adama Oumar Cheick Mamadou Abdoulaye Hamidou";
const SHORT: [&str; 14] = [
    "il faut",
    "on doit",
    "nous voulons",
    "je pense que",
    "qui va",
    "on a",
    "nous avons",
    "ils ont",
    "il y a",
    "personne ne veut",
    "tout le monde doit",
    "je ne veux pas",
    "on peut",
    "pourquoi",
];

/// One noun in so many is a rare word. Chosen so that the words compress as real comments do.
const RARE: usize = 3;

/// Draws words.
pub(crate) struct Speaker {
    rng: ChaCha8Rng,
    nouns: Vec<&'static str>,
    verbs: Vec<&'static str>,
    adjectives: Vec<&'static str>,
    links: Vec<&'static str>,
    places: Vec<&'static str>,
    families: Vec<&'static str>,
    first: Vec<&'static str>,
}

impl Speaker {
    pub(crate) fn new(rng: ChaCha8Rng) -> Self {
        let list = |words: &'static str| words.split_whitespace().collect();
        Self {
            rng,
            nouns: list(NOUNS),
            verbs: list(VERBS),
            adjectives: list(ADJECTIVES),
            links: list(LINKS),
            places: list(PLACES),
            families: list(FAMILIES),
            first: list(FIRST),
        }
    }

    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        (self.rng.next_u64() % bound.max(1) as u64) as usize
    }

    /// One in `n` times.
    fn chance(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// The frequent ones more often: the k-th word as 1 / (k + 30).
    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        let u = (self.rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let n = words.len() as f64;
        let k = 30.0 * ((n + 30.0) / 30.0).powf(u) - 30.0;
        words[(k as usize).min(words.len() - 1)]
    }

    /// A word that hardly comes again: the name of a hamlet, a field, a plant.
    fn rare(&mut self) -> String {
        const SYLLABLES: [&str; 32] = [
            "ba", "ko", "li", "sa", "ra", "ma", "ni", "dou", "gou", "bou", "fa", "la", "ti", "ka",
            "né", "so", "wo", "yé", "kè", "den", "sin", "tan", "fi", "ro", "dia", "mou", "gna",
            "lé", "ta", "kan", "ben", "ya",
        ];
        (0..2 + self.below(3)).map(|_| SYLLABLES[self.below(SYLLABLES.len())]).collect()
    }

    fn noun(&mut self) -> String {
        let words = std::mem::take(&mut self.nouns);
        let common = self.pick(&words);
        self.nouns = words;
        let rare = self.chance(RARE).then(|| self.rare());
        let noun = rare.as_deref().unwrap_or(common);
        let vowel = noun.starts_with(['a', 'e', 'é', 'h', 'i', 'o', 'u', 'â', 'î']);
        let article = match self.below(8) {
            0 | 1 if vowel => "l'",
            0 => "la ",
            1 => "le ",
            2 => "les ",
            3 => "notre ",
            4 => "un ",
            5 => "des ",
            6 => "de ",
            _ => "ce ",
        };
        let plural = matches!(article, "les " | "des ") && !noun.ends_with('x');
        format!("{article}{noun}{}", if plural { "s" } else { "" })
    }

    fn verb(&mut self) -> String {
        let words = std::mem::take(&mut self.verbs);
        let verb = self.pick(&words);
        self.verbs = words;
        let ending = ENDINGS[self.below(ENDINGS.len())];
        match verb.strip_suffix("er") {
            Some(stem) if !ending.is_empty() => format!("{stem}{ending}"),
            _ => verb.to_owned(),
        }
    }

    fn from(&mut self, list: fn(&mut Self) -> &mut Vec<&'static str>) -> &'static str {
        let words = std::mem::take(list(self));
        let word = self.pick(&words);
        *list(self) = words;
        word
    }

    fn clause(&mut self, out: &mut String) {
        if self.chance(2) {
            out.push_str(SHORT[self.below(SHORT.len())]);
        } else if self.chance(6) {
            let first = self.from(|s| &mut s.first);
            let family = self.from(|s| &mut s.families);
            out.push_str(&format!("{first} {family}"));
        } else {
            out.push_str(&self.noun());
            if self.chance(3) {
                out.push_str(&format!(" {}", self.from(|s| &mut s.adjectives)));
            }
        }
        let verb = self.verb();
        out.push_str(&format!(" {verb} "));
        out.push_str(&self.noun());
        match self.below(7) {
            0 => out.push_str(&format!(" à {}", self.from(|s| &mut s.places))),
            1 => out.push_str(&format!(" pour {} {}", self.verb(), self.noun())),
            2 => out.push_str(&format!(" {}", self.from(|s| &mut s.adjectives))),
            3 => {
                let amount = [self.below(60), self.below(1_000) * 25][self.below(2)];
                out.push_str(&format!(" ({amount})"));
            }
            4 => out.push_str(&format!(" avec {}", self.noun())),
            _ => {}
        }
    }

    /// Sentences of about `bytes` bytes, cut to it at a letter.
    pub(crate) fn say(&mut self, bytes: usize) -> String {
        let mut out = String::new();
        while out.len() < bytes {
            let begin = out.len();
            self.clause(&mut out);
            while self.chance(2) {
                out.push_str([", ", " ", " : "][self.below(3)]);
                out.push_str(self.from(|s| &mut s.links));
                out.push(' ');
                self.clause(&mut out);
            }
            if self.chance(3)
                && let Some(first) = out[begin..].chars().next()
            {
                let upper: String = first.to_uppercase().collect();
                out.replace_range(begin..begin + first.len_utf8(), &upper);
            }
            out.push_str([". ", ". ", " ! ", " ? ", "\n", " "][self.below(6)]);
        }
        let mut end = bytes;
        while !out.is_char_boundary(end) {
            end -= 1;
        }
        out.truncate(end);
        // Who types on a phone slips.
        let slipped: String = out
            .chars()
            .map(|letter| match letter {
                'a'..='z' if self.chance(90) => {
                    char::from(b'a' + u8::try_from(self.below(26)).unwrap_or(0))
                }
                letter => letter,
            })
            .collect();
        slipped
    }

    /// A length of a body in bytes: lognormal, median 120, 99 of 100 within 900.
    pub(crate) fn length(&mut self) -> usize {
        // ln(900 / 120) divided by the normal distribution's 2.326 for 99 %.
        const SIGMA: f64 = 0.866;
        let mut uniform =
            || ((self.rng.next_u64() >> 11) as f64 + 1.0) / ((1_u64 << 53) as f64 + 1.0);
        let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
        (120.0 * (SIGMA * normal).exp()).round().clamp(4.0, 12_000.0) as usize
    }
}
