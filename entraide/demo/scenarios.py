"""What happens in the demo: the faults and wishes of three offices, in their own words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scenario:
    """A kind of ticket: what people write, what the desk asks and finds, how it ends.

    `level` is where it is usually solved; the handover texts are used on the way there.
    """

    category: str
    subjects: tuple[str, ...]
    texts: tuple[str, ...]
    question: str
    answers: tuple[str, ...]
    note: str
    resolution: str
    level: int = 1
    kind: str = "incident"
    urgency: int = 2
    impact: int = 3
    trades: tuple[str, ...] = ()
    tried: str = "Redémarrage du poste, reproduction de la panne avec le demandeur."
    asked: str = "Analyse plus poussée et correction."
    code: str = "solved"
    tags: tuple[str, ...] = ()


# category: parent
CATEGORIES: dict[str, tuple[str, ...]] = {
    "Poste de travail": ("Ordinateur", "Écran et périphériques", "Lenteur"),
    "Impression": ("Imprimante", "Traceur", "Numérisation"),
    "Réseau": ("Wi-Fi", "VPN", "Internet"),
    "Messagerie": ("Outlook", "Boîte partagée", "Courrier indésirable"),
    "Comptes et accès": ("Mot de passe", "Double authentification", "Droits", "Arrivée et départ"),
    "Applications": ("Comptabilité", "Dossier médical", "CAO", "Bureautique"),
    "Serveurs": ("Sauvegarde", "Stockage", "Certificat"),
    "Téléphonie": ("Poste fixe", "Mobile"),
    "Sécurité": ("Hameçonnage", "Poste perdu"),
    "Matériel": ("Commande",),
}

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("Imprimante", ("L'imprimante du {n}e étage n'imprime plus", "Rien ne sort de l'imprimante", "Bourrage papier sans arrêt"),
        ("Depuis ce matin, rien ne sort. Le voyant orange clignote et il y a une dizaine de documents dans la file.", "On a éteint et rallumé, elle repart puis se bloque à nouveau après deux pages."),
        "Quel message s'affiche sur l'écran de l'imprimante ?", ("Il est écrit « Erreur 49 ».", "« Ouvrir le bac 2 », mais le bac est bien fermé."),
        "Pilote 6.8 installé hier par la mise à jour automatique.", "Le pilote a été remis à la version précédente et la file vidée : l'impression fonctionne.", tags=("imprimante",)),
    Scenario("Imprimante", ("Impression en noir et blanc seulement", "Les couleurs sont fausses"), ("Mes documents sortent en gris alors que j'ai choisi la couleur.",),
        "Est-ce le cas depuis toutes les applications ?", ("Oui, Word et Acrobat.",), "Profil « économie » imposé par la stratégie.", "Le profil d'impression a été rétabli en couleur pour votre poste.", urgency=3),
    Scenario("Numérisation", ("La numérisation vers le dossier ne marche plus", "Scan to mail en erreur"), ("Quand je numérise, l'appareil affiche « échec de connexion » et rien n'arrive dans le dossier partagé.",),
        "Depuis quand, et pour tout le monde ?", ("Depuis le changement de mot de passe de la semaine dernière, pour tous.",), "Compte de service scan : mot de passe expiré.", "Le mot de passe du compte de numérisation a été renouvelé sur l'appareil.", impact=2),
    Scenario("Traceur", ("Le traceur refuse le format A0", "Plans coupés à l'impression"), ("Le traceur coupe les plans à droite depuis la mise à jour. Nous devons rendre un dossier demain.",),
        "Pouvez-vous nous envoyer le PDF qui pose problème ?", ("Le voici. C'est le plan du rez.",), "Marge matérielle changée par le nouveau micrologiciel.", "Le format personnalisé a été recréé avec les marges du nouveau micrologiciel ; le plan sort entier.", level=2, trades=("atelier",), urgency=1),
    Scenario("Wi-Fi", ("Le Wi-Fi coupe dans la salle de réunion", "Wi-Fi très lent", "Plus de Wi-Fi à l'étage"), ("En réunion, la visioconférence se fige toutes les cinq minutes.", "Le Wi-Fi se déconnecte puis revient, sur plusieurs portables."),
        "Combien de personnes sont touchées, et à quel endroit ?", ("Nous sommes six, tous dans la grande salle.",), "Deux bornes sur le même canal, la salle entre les deux.", "Les canaux des bornes ont été replanifiés ; plus de coupure depuis deux jours.", level=2, impact=2, tried="Relevé des bornes, test avec un portable du support.", asked="Replanification des canaux."),
    Scenario("VPN", ("VPN impossible depuis la maison", "Le VPN se déconnecte", "Télétravail : pas d'accès au serveur"), ("Le VPN refuse de se connecter depuis chez moi : « échec d'authentification ».", "Connexion établie mais je ne vois pas les dossiers."),
        "La double authentification vous demande-t-elle le code ?", ("Oui, mais le code est refusé.", "Non, plus rien ne s'affiche."), "Heure du téléphone décalée de trois minutes.", "L'heure du téléphone a été resynchronisée et le profil VPN réinstallé : la connexion tient.", tags=("télétravail",)),
    Scenario("Internet", ("Plus d'Internet au bureau", "Aucun site ne s'ouvre"), ("Plus personne n'a Internet depuis dix minutes. Les téléphones ne marchent pas non plus.",),
        "Le boîtier près de l'entrée a-t-il le voyant vert ?", ("Non, il est rouge.",), "Panne de la fibre chez l'opérateur, ticket fournisseur ouvert.", "L'opérateur a rétabli la fibre à 11 h 40. Le secours 4G sera testé lors de la prochaine maintenance.", level=3, impact=1, urgency=1, code="third_party", tried="Bascule manuelle sur le secours 4G : sans effet.", asked="Escalade chez l'opérateur et bascule du secours.", tags=("opérateur",)),
    Scenario("Outlook", ("Outlook demande le mot de passe sans cesse", "Outlook ne s'ouvre plus", "Mes mails ne partent pas"), ("Outlook me redemande le mot de passe toutes les deux minutes depuis ce matin.", "Outlook reste bloqué sur « chargement du profil ».", "Mes messages restent dans la boîte d'envoi."),
        "Le webmail fonctionne-t-il ?", ("Oui, par le navigateur ça marche.",), "Cache d'identification corrompu après le changement de mot de passe.", "Le profil Outlook a été recréé et les identifiants enregistrés effacés."),
    Scenario("Boîte partagée", ("Accès à la boîte info@", "Je ne vois plus la boîte partagée"), ("Je dois répondre à la boîte info@ pendant l'absence de ma collègue.",),
        "Jusqu'à quand en avez-vous besoin ?", ("Jusqu'à la fin du mois.",), "", "L'accès en lecture et en envoi est ouvert jusqu'à la fin du mois.", kind="request", urgency=3),
    Scenario("Courrier indésirable", ("Beaucoup de publicité depuis hier", "Un mail de client est parti dans les indésirables"), ("Les mails d'un client arrivent dans les indésirables, j'ai failli manquer une échéance.",),
        "Quelle est l'adresse exacte de l'expéditeur ?", ("Je vous l'ai transférée.",), "Enregistrement SPF du client faux.", "L'expéditeur est autorisé chez nous, et son informaticien a été averti de l'erreur SPF.", code="workaround"),
    Scenario("Mot de passe", ("Mot de passe oublié", "Compte verrouillé", "Impossible de me connecter"), ("Je reviens de vacances et je ne me souviens plus de mon mot de passe.", "Mon compte est verrouillé après trois essais."),
        "Nous vous rappelons au numéro du répertoire pour vérifier votre identité.", ("Merci, je suis disponible.",), "Identité vérifiée par rappel.", "Le compte est déverrouillé ; un nouveau mot de passe a été choisi avec vous au téléphone.", urgency=1),
    Scenario("Double authentification", ("Nouveau téléphone : plus de code", "L'application d'authentification ne marche plus"), ("J'ai changé de téléphone et je ne reçois plus les codes.",),
        "Avez-vous encore l'ancien téléphone ?", ("Non, il a été repris par le magasin.",), "Identité vérifiée auprès du responsable.", "L'ancien appareil est révoqué et le nouveau est inscrit. Les codes de secours vous ont été remis.", tags=("mfa",)),
    Scenario("Droits", ("Accès au dossier {d}", "Je ne peux plus ouvrir le dossier {d}"), ("J'ai besoin d'accéder au dossier {d} pour reprendre les mandats de ma collègue.",),
        "Votre responsable peut-il nous confirmer cet accès par retour de mail ?", ("C'est confirmé, je l'ai mise en copie.",), "Accord reçu du responsable.", "L'accès en modification est ouvert ; fermez puis rouvrez votre session.", kind="request"),
    Scenario("Arrivée et départ", ("Nouvelle collègue le 1er du mois", "Départ de M. {l}", "Arrivée d'un stagiaire"), ("Une collègue commence le 1er. Il lui faut un compte, une adresse, un portable et l'accès aux dossiers de l'équipe.", "Un collaborateur nous quitte vendredi ; merci de fermer ses accès et de rediriger ses mails."),
        "Sur quel modèle d'accès nous baser ?", ("Comme sa prédécesseuse.",), "Liste d'arrivée suivie, point 7 en attente du badge.", "Tout est prêt : le compte, l'adresse, le portable et les accès. La fiche de remise est signée.", kind="request", urgency=3, tags=("arrivée-départ",)),
    Scenario("Comptabilité", ("Le logiciel comptable est très lent", "Erreur à la clôture mensuelle", "Impossible d'ouvrir le mandat {n}0{n}"), ("Chaque écriture met dix secondes à s'enregistrer. C'est la période des décomptes TVA.", "La clôture s'arrête sur « table verrouillée »."),
        "Combien d'utilisateurs sont connectés à ce moment ?", ("Une vingtaine.",), "Sauvegarde de la base en plein jour depuis le changement d'horaire.", "La sauvegarde est replanifiée la nuit et l'index de la base a été reconstruit : moins d'une seconde par écriture.", level=2, impact=2, urgency=1, trades=("fiduciaire",), tried="Test depuis deux postes, poste redémarré, réseau mesuré.", asked="Examen de la base de données.", tags=("tva",)),
    Scenario("Dossier médical", ("Le dossier patient ne s'ouvre pas", "Lenteur du dossier médical", "Images de radiologie manquantes"), ("Les dossiers s'ouvrent en plus d'une minute, la salle d'attente est pleine.", "Les radios d'hier n'apparaissent pas dans le dossier."),
        "Est-ce sur tous les postes de consultation ?", ("Oui, les quatre.",), "File d'import PACS arrêtée depuis 22 h.", "Le service d'import a été relancé ; les 34 images en attente sont dans les dossiers.", level=3, impact=1, urgency=1, trades=("cabinet",), tried="Relance du service : il s'arrête à nouveau.", asked="Analyse du service d'import avec l'éditeur.", tags=("pacs",)),
    Scenario("CAO", ("Licence ArchiCAD introuvable", "Le plan s'ouvre sans ses calques", "Le logiciel de CAO plante à l'export"), ("Au démarrage : « aucune licence disponible ». Nous sommes trois à attendre.",),
        "Quel est le nom du poste ?", ("ATL-07.",), "Serveur de licences : service arrêté après la mise à jour.", "Le serveur de licences est relancé et surveillé.", level=2, impact=2, urgency=1, trades=("atelier",), tried="Poste redémarré, licence locale vérifiée.", asked="Serveur de licences."),
    Scenario("Bureautique", ("Excel plante à l'ouverture d'un fichier", "Word n'enregistre plus", "La macro de facturation ne marche plus"), ("Excel se ferme dès que j'ouvre le fichier des heures.",),
        "Pouvez-vous nous envoyer une copie du fichier ?", ("Oui, en pièce jointe.",), "Complément d'un tiers en cause.", "Le complément fautif est désactivé ; le fichier s'ouvre normalement."),
    Scenario("Ordinateur", ("Mon ordinateur ne démarre plus", "Écran bleu depuis ce matin", "Le portable chauffe et s'éteint"), ("Écran noir, le ventilateur tourne, rien d'autre.", "Écran bleu trois fois ce matin, j'ai perdu mon travail."),
        "Y a-t-il un code sur l'écran ?", ("0x0000007E, je crois.",), "Disque : 214 secteurs réalloués.", "Le disque a été remplacé et vos données restaurées. Un poste de prêt vous a dépanné entre-temps.", urgency=1),
    Scenario("Lenteur", ("Mon poste est très lent", "Cinq minutes pour démarrer"), ("Le poste met cinq minutes à démarrer et tout rame ensuite.",),
        "Depuis quand, et dans quelle application surtout ?", ("Depuis la mise à jour de mardi, partout.",), "Mémoire pleine : 8 Go, à prévoir au remplacement.", "Les programmes au démarrage ont été réduits et la mémoire portée à 16 Go.", urgency=3, tags=("parc",)),
    Scenario("Écran et périphériques", ("Deuxième écran non reconnu", "La station d'accueil ne marche pas", "Souris et clavier coupés"), ("Depuis ce matin, mon deuxième écran reste noir.",),
        "Avez-vous essayé une autre prise de la station ?", ("Oui, pareil.",), "", "Le micrologiciel de la station d'accueil a été mis à jour : les deux écrans sont là."),
    Scenario("Sauvegarde", ("Restaurer un fichier supprimé", "Le dossier des offres a disparu"), ("J'ai supprimé par erreur le dossier des offres de l'an dernier.",),
        "Quand l'avez-vous vu pour la dernière fois ?", ("Hier vers 17 h.",), "Version de 18 h trouvée.", "Le dossier a été restauré dans son état d'hier 18 h.", kind="request", urgency=1),
    Scenario("Stockage", ("Plus de place sur le serveur", "Impossible d'enregistrer : disque plein"), ("Impossible d'enregistrer : « espace insuffisant ».",),
        "Est-ce dans tous les dossiers ?", ("Oui, sur tout le lecteur.",), "Instantanés non purgés depuis la panne du planificateur.", "Les anciens instantanés sont purgés et l'alerte à 85 % est rétablie : 1,2 To libres.", level=2, impact=1, tried="Corbeille vidée, plus gros dossiers repérés.", asked="Purge des instantanés."),
    Scenario("Certificat", ("Le site interne affiche « non sécurisé »", "Alerte de certificat"), ("Le navigateur dit que le portail n'est pas sûr. Peut-on continuer ?",),
        "Surtout ne saisissez pas de mot de passe. Quelle est l'adresse exacte ?", ("Celle du portail interne.",), "Renouvellement automatique en échec depuis six jours.", "Le certificat est renouvelé et la surveillance de l'échéance ajoutée.", level=2, impact=2, tried="Vérification depuis un autre poste.", asked="Renouvellement du certificat."),
    Scenario("Poste fixe", ("Le téléphone ne sonne plus", "Pas de tonalité", "Renvoi des appels pendant les vacances"), ("Mon téléphone ne sonne plus, les appels arrivent au répondeur.",),
        "Le renvoi est-il actif (petite flèche à l'écran) ?", ("Ah oui, il y a une flèche.",), "", "Le renvoi a été désactivé avec vous au téléphone.", urgency=3, code="advice"),
    Scenario("Mobile", ("Mails absents du mobile", "Carte SIM bloquée"), ("Je ne reçois plus mes mails sur le téléphone depuis deux jours.",),
        "Quel modèle de téléphone avez-vous ?", ("Un iPhone 15.",), "", "Le compte a été supprimé et rajouté sur le téléphone : les mails arrivent.", urgency=3),
    Scenario("Hameçonnage", ("Mail suspect au nom de la banque", "J'ai cliqué sur un lien bizarre", "Fausse facture reçue"), ("J'ai reçu un mail de « la banque » avec un lien, ça me paraît bizarre. Je n'ai pas cliqué.", "J'ai cliqué et saisi mon mot de passe avant de douter…"),
        "Avez-vous saisi un mot de passe après avoir cliqué ?", ("Non, j'ai fermé tout de suite.", "Oui, malheureusement."), "Domaine bloqué, 14 destinataires prévenus, aucune connexion étrangère.", "Le mail est retiré des boîtes, le domaine bloqué, et votre mot de passe renouvelé par précaution. Merci d'avoir signalé !", level=2, urgency=1, impact=2, tried="Analyse des en-têtes, recherche des autres destinataires.", asked="Blocage du domaine et contrôle des connexions.", tags=("sécurité", "hameçonnage")),
    Scenario("Poste perdu", ("Portable oublié dans le train", "Téléphone professionnel volé"), ("J'ai oublié mon portable dans le train de 18 h 12.",),
        "À quelle heure l'avez-vous utilisé pour la dernière fois ?", ("Vers 17 h 30.",), "Disque chiffré, verrouillage à distance envoyé.", "Le poste est verrouillé et effacé à distance, les mots de passe renouvelés. Un poste de remplacement est prêt.", level=2, urgency=1, tried="Verrouillage à distance.", asked="Effacement et contrôle des accès.", tags=("sécurité",)),
    Scenario("Commande", ("Commande d'un écran 27 pouces", "Besoin d'un casque pour la visio", "Remplacement d'un portable de 2019"), ("Il me faudrait un écran plus grand pour les tableaux.", "Mon portable a six ans, la batterie tient une heure."),
        "Votre responsable valide-t-il la dépense ?", ("Oui, c'est validé.",), "Devis envoyé, délai fournisseur : 6 jours.", "Le matériel est livré et installé.", kind="request", urgency=3, tags=("parc",)),
    Scenario("Comptabilité", ("Le décompte de TVA est faux de quelques centimes", "Arrondis faux depuis la nouvelle version"), ("Depuis la mise à jour, le total du décompte de TVA ne correspond plus à la somme des écritures. Nous devons le remettre cette semaine.",),
        "Pouvez-vous nous donner une période où l'écart se voit ?", ("Le troisième trimestre : 0.35 d'écart.",), "Arrondi fait par ligne et non sur le total depuis la version 8.4 ; reproduit sur la base d'essai.", "L'éditeur a livré le correctif 8.4.2 ; le décompte du trimestre tombe juste.", level=3, impact=2, urgency=1, trades=("fiduciaire",), code="third_party", tried="Reproduit sur la base d'essai ; la version 8.3 calcule juste.", asked="Analyse du calcul et demande de correctif à l'éditeur.", tags=("bogue", "tva")),
    Scenario("Stockage", ("Le serveur de fichiers se fige plusieurs fois par jour", "Tout se bloque quelques minutes, puis repart"), ("Plusieurs fois par jour, plus aucun dossier ne s'ouvre pendant deux ou trois minutes, puis tout repart. C'est pareil chez mes collègues.",),
        "À quelles heures cela s'est-il produit aujourd'hui ?", ("Vers 9 h 10 et vers 11 h.",), "Latence du stockage à plus de 20 s pendant les blocages, deux chemins sur quatre perdus.", "Le micrologiciel de la baie a été mis à jour et un câble remplacé ; plus de blocage depuis trois jours.", level=3, impact=1, urgency=2, tried="Charge du serveur et antivirus vérifiés, journaux relevés.", asked="Analyse de la baie et des chemins vers le stockage.", tags=("stockage",)),
)  # fmt: skip

# Words for any ticket.
THANKS = ("Merci d'avance", "Merci beaucoup", "Meilleures salutations", "Bonne journée", "Avec mes remerciements")
GREETINGS = ("Bonjour,", "Bonjour à tous,", "Hello,", "Bonjour le support,")
REOPENINGS = (
    "Malheureusement le problème est revenu ce matin.",
    "Cela marche chez moi, mais pas chez ma collègue.",
    "Toujours la même erreur après redémarrage.",
)
RATING_WORDS = {
    5: ("Rapide et aimable, merci !", "Résolu en un appel.", "Explications très claires."),
    4: ("Bien, même si j'ai dû attendre un peu.", "Merci pour l'aide."),
    3: ("Résolu, mais j'ai dû tout expliquer deux fois.", "Correct."),
    2: ("Trop long pour un problème aussi simple.", "Aucune nouvelle pendant une journée."),
    1: ("J'ai perdu une matinée de travail.", "On m'a renvoyé d'une personne à l'autre."),
}
FOLDERS = ("Comptabilité", "Clients 2026", "Ressources humaines", "Mandats", "Archives", "Direction")
RETURNS = (
    "Il manque le nom du poste et l'heure de la panne.",
    "La procédure N1 n'a pas été faite jusqu'au bout : étape 4.",
    "Le demandeur n'a pas confirmé que la panne est encore là.",
)
ENGLISH = (
    ("The plotter prints blank pages", "Hello,\n\nThe plotter prints blank pages since this morning. We have a deadline tomorrow.\n\nThanks"),
    ("Access to the shared calendar", "Hi,\n\nCould I please get access to the project calendar?\n\nBest regards"),
)  # fmt: skip
