"""The built-in words of the mails that the desk sends, in French and English.

Placeholders in braces are filled in by templates.py; `{message}` is what somebody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """A subject line (the ticket's reference goes before it) and a text."""

    subject: str
    body: str


FR: dict[str, Words] = {
    "acknowledgement": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande est bien arrivée. Elle porte le numéro {reference} et notre équipe s'en "
        "occupe.\n\nPour ajouter une précision, répondez simplement à ce message.\n\n{link}",
    ),
    "opened_for_you": Words(
        "{subject}",
        "Bonjour {recipient},\n\n{actor} a ouvert pour vous la demande {reference} :\n\n{message}\n\n"
        "Pour ajouter une précision, répondez simplement à ce message.\n\n{link}",
    ),
    "follow_up": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande {other} est close depuis longtemps. Votre message a donc ouvert une nouvelle "
        "demande, {reference}, qui y fait suite ; notre équipe s'en occupe.\n\nPour ajouter une précision, répondez "
        "simplement à ce message.\n\n{link}",
    ),
    "merged": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande {reference} concerne la même chose que la demande {other}. Nous les avons "
        "réunies : la suite se passe dans {other}, et rien de ce que vous avez écrit n'est perdu.\n\nVous pouvez répondre à "
        "ce message comme d'habitude.\n\n{desk}\n\n{link}",
    ),
    "unmerged": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande {reference} n'est finalement pas réunie avec {other} : elle est de nouveau "
        "suivie pour elle-même.\n\n{desk}\n\n{link}",
    ),
    "reply": Words("{subject}", "{message}\n\n{actor}\n{desk}\n\n{link}"),
    "resolved": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande {reference} est résolue :\n\n{message}\n\n{actor}\n{desk}\n\n"
        "Est-ce que tout fonctionne ?\n\n{confirm_link}\n\n{reopen_link}\n\nSans nouvelles de votre part, la demande sera "
        "close dans {days} jours.",
    ),
    "major_update": Words(
        "{subject}",
        "Bonjour {recipient},\n\nPoint de situation sur l'incident majeur qui touche votre demande {reference} :\n\n"
        "{message}\n\n{desk}\n\n{link}",
    ),
    "major_news": Words(
        "{subject}",
        "Bonjour {recipient},\n\nPoint de situation sur l'incident majeur {reference} ({organisation}) :\n\n{message}\n\n{desk}",
    ),
    "major_stood_down": Words(
        "{subject}",
        "Bonjour {recipient},\n\nVotre demande {reference} n'est finalement pas un incident majeur :\n\n{message}\n\n"
        "Nous continuons à la traiter ; vous n'avez rien à faire.\n\n{desk}\n\n{link}",
    ),
    "major_stood_down_follower": Words(
        "{subject}",
        "Bonjour {recipient},\n\nL'incident majeur auquel votre demande {reference} était liée n'en était finalement pas "
        "un :\n\n{message}\n\nNous continuons à traiter votre demande séparément ; vous n'avez rien à faire.\n\n{desk}\n\n{link}",
    ),
    "major_stood_down_news": Words(
        "{subject}",
        "Bonjour {recipient},\n\nL'incident {reference} ({organisation}) n'est finalement pas un incident majeur :\n\n"
        "{message}\n\nLe ticket suit son cours ; vous ne recevrez plus de points de situation.\n\n{desk}",
    ),
    "closed": Words(
        "{subject}",
        "Bonjour {recipient},\n\nSans nouvelles de votre part depuis {days} jours, votre demande {reference} est close.\n\n"
        "Si le problème revient, répondez à ce message : elle sera rouverte.\n\n{link}",
    ),
    "reopened": Words(
        "{subject}",
        "Bonjour {recipient},\n\n{actor} a rouvert votre demande {reference} :\n\n{message}\n\n{link}",
    ),
    "mentioned": Words(
        "{subject}",
        "{actor} vous mentionne dans une note interne de {reference} ({organisation}, {priority}) :\n\n{message}\n\n{desk_link}",
    ),
    "requester_wrote": Words(
        "{subject}", "{actor} a répondu sur {reference} ({organisation}, {priority}) :\n\n{message}\n\n{desk_link}"
    ),
    "stranger_wrote": Words(
        "{subject}",
        "Quelqu'un qui ne participe pas à {reference} a répondu. Le demandeur ne voit pas ce message :\n\n{message}\n\n{desk_link}",
    ),
    "third_party": Words("{subject}", "{message}\n\n{actor}\n{desk}"),
    "third_party_answered": Words(
        "{subject}",
        "{actor}, un tiers, a répondu sur {reference} ({organisation}, {priority}). Le demandeur ne voit pas ce message :"
        "\n\n{message}\n\n{desk_link}",
    ),
    "third_party_bounced": Words(
        "{subject}",
        "Un mail à un tiers, depuis {reference}, n'a pas pu être remis :\n\n{message}\n\n{desk_link}",
    ),
    "reopened_for_you": Words(
        "{subject}", "{actor} a rouvert {reference} ({organisation}, {priority}) :\n\n{message}\n\n{desk_link}"
    ),
    "harmful_file": Words(
        "{subject}",
        "Un fichier de {reference} ({organisation}, {priority}) est retenu : l'antivirus y a trouvé quelque chose de nuisible.\n\n{message}\n\n"
        "Personne ne peut l'ouvrir ; un responsable de la sécurité peut le sortir de la quarantaine en disant pourquoi.\n\n{desk_link}",
    ),
    "low_rating": Words(
        "{subject}",
        "{actor} n'est pas satisfait de la façon dont {reference} ({organisation}, {priority}) a été traité :\n\n{message}\n\n{desk_link}",
    ),
    "assigned": Words(
        "{subject}",
        "{actor} vous a assigné {reference} ({organisation}, {priority}).\n\nDemandeur : {requester}\n\n{desk_link}",
    ),
    "escalated": Words(
        "{subject}",
        "{actor} passe {reference} ({organisation}, {priority}) à {team}.\n\n{message}\n\nPour accepter, ou "
        "renvoyer avec un motif, ouvrez le ticket :\n\n{desk_link}",
    ),
    "returned": Words(
        "{subject}", "{actor} vous renvoie {reference} ({organisation}, {priority}) :\n\n{message}\n\n{desk_link}"
    ),
    "unsent": Words(
        "{subject}",
        "Votre réponse à {reference} n'est pas partie ; le demandeur ne l'a pas reçue :\n\n{message}\n\n"
        "Elle est gardée en quarantaine, sous Mails.\n\n{desk_link}",
    ),
    "bounced": Words(
        "{subject}",
        "Un mail de {reference} n'a pas pu être remis :\n\n{message}\n\nLe demandeur n'a donc pas été prévenu par mail.\n\n{desk_link}",
    ),
    "promise_warning": Words(
        "{subject}",
        "Une promesse est en danger sur {reference} ({organisation}, {priority}).\n\n{promise} : échéance {due}\n\n"
        "Demandeur : {requester}\n\n{message}\n\n{desk_link}",
    ),
    "promise_missed": Words(
        "{subject}",
        "Une promesse n'a pas été tenue sur {reference} ({organisation}, {priority}).\n\n{promise} : échéance {due}\n\n"
        "Demandeur : {requester}\n\n{message}\n\n{desk_link}",
    ),
    "escalation_rule": Words(
        "{subject}",
        "La règle « {rule} » attire votre attention sur {reference} ({organisation}, {priority}).\n\n{message}\n\n"
        "Demandeur : {requester}\n\n{desk_link}",
    ),
    "major_declared": Words(
        "{subject}",
        "{actor} déclare {reference} ({organisation}, {priority}) incident majeur.\n\n{message}\n\n{desk_link}",
    ),
    "major_update_staff": Words(
        "{subject}",
        "Du nouveau sur l'incident majeur {reference} ({organisation}, {priority}), de {actor} :\n\n{message}\n\n{desk_link}",
    ),
    "major_stood_down_staff": Words(
        "{subject}",
        "{actor} lève l'incident majeur {reference} ({organisation}, {priority}), qui n'en était finalement pas un :\n\n"
        "{message}\n\nLe ticket suit son cours.\n\n{desk_link}",
    ),
    "major_follower_staff": Words(
        "{subject}",
        "L'incident majeur que suivait {reference} ({organisation}, {priority}) n'en était finalement pas un :\n\n{message}"
        "\n\nCe ticket ne sera pas résolu avec lui : il est de nouveau à traiter séparément.\n\n{desk_link}",
    ),
    "approval": Words(
        "Votre accord est demandé : {subject}",
        "Bonjour {recipient},\n\n{actor} demande votre accord sur la demande {reference} « {subject} » de {requester} "
        "({organisation}) :\n\n{message}\n\n{until}\n\n{approval_link}\n\nCe que {requester} a écrit :\n\n{details}\n\n"
        "Rien n'est décidé tant que vous n'avez pas choisi « Approuver » ou « Refuser » sur cette page. Une réponse à ce mail "
        "nous parvient comme message, mais ne vaut ni accord ni refus, même si elle dit « oui ».\n\n{desk}",
    ),
    "approval_reminder": Words(
        "Rappel, votre accord est attendu : {subject}",
        "Bonjour {recipient},\n\nVotre accord est toujours attendu sur la demande {reference} « {subject} » de {requester} "
        "({organisation}) :\n\n{message}\n\n{until}\n\n{approval_link}\n\nUne réponse à ce mail ne vaut ni accord ni refus : "
        "seule la page décide.\n\n{desk}",
    ),
    "approval_withdrawn": Words(
        "Votre accord n'est plus nécessaire : {subject}",
        "Bonjour {recipient},\n\nVotre accord sur la demande {reference} « {subject} » n'est plus nécessaire ; vous n'avez rien "
        "à faire.\n\n{message}\n\n{desk}",
    ),
    "approval_asked": Words(
        "Votre accord est demandé : {subject}",
        "{actor} demande votre accord sur {reference} ({organisation}, {priority}) :\n\n{message}\n\n{until}\n\n"
        "Demandeur : {requester}\n\nApprouvez ou refusez dans le ticket ; une réponse à ce mail ne vaut ni accord ni refus.\n\n{desk_link}",
    ),
    "approval_given": Words(
        "Accord donné : {subject}",
        "{actor} approuve ce qui était demandé sur {reference} ({organisation}, {priority}).\n\n{message}\n\n{desk_link}",
    ),
    "approval_refused": Words(
        "Accord refusé : {subject}",
        "{actor} refuse ce qui était demandé sur {reference} ({organisation}, {priority}) :\n\n{message}\n\n{desk_link}",
    ),
    "approval_expired": Words(
        "Accord sans réponse : {subject}",
        "L'accord demandé sur {reference} ({organisation}, {priority}) est resté sans réponse, et son délai est passé :\n\n{message}\n\n{desk_link}",
    ),
    "contract_ending": Words(
        "Contrat {reference} ({organisation}) : fin le {day}",
        "Le contrat {reference} « {subject} » de {organisation} prend fin le {day}.\n\n{message}\n\n{contract_link}",
    ),
    "audit_broken": Words(
        "Le journal d'audit ne tient plus",
        "La vérification du journal d'audit a trouvé qu'il ne tient plus :\n\n{message}\n\n"
        "Quelqu'un a modifié, retiré ou ajouté des lignes par-dessus les garde-fous de la base de données. Gardez une copie de la base "
        "telle qu'elle est, comparez avec les têtes gardées ailleurs, et cherchez qui a eu accès à la base.\n\n{audit_link}",
    ),
    "endpoint_failing": Words(
        "Rien n'arrive plus à « {subject} »",
        "Ce qui est envoyé à « {subject} » n'arrive plus depuis le {day} :\n\n{message}\n\n"
        "Chaque message est tenté pendant un jour environ, puis abandonné ; il peut être renvoyé pendant trente jours.\n\n{hook_link}",
    ),
    "endpoint_switched_off": Words(
        "« {subject} » a été désactivé",
        "Rien n'arrivait plus à « {subject} » depuis le {day}, et l'envoi a été désactivé :\n\n{message}\n\n"
        "Réactivez-le une fois le destinataire rétabli ; ce qui n'est pas arrivé peut alors être renvoyé.\n\n{hook_link}",
    ),
    "backup_failed": Words(
        "Sauvegarde de la nuit du {day} : à regarder",
        "La sauvegarde de la nuit du {day} ne s'est pas faite comme il faut :\n\n{message}\n\n"
        "Sur la machine, « entraide doctor » dit où en sont les sauvegardes, et « entraide backup » en fait une tout de suite.",
    ),
}

EN: dict[str, Words] = {
    "acknowledgement": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request has arrived. Its number is {reference}, and our team is on it.\n\n"
        "To add something, just reply to this message.\n\n{link}",
    ),
    "opened_for_you": Words(
        "{subject}",
        "Hello {recipient},\n\n{actor} has opened request {reference} for you:\n\n{message}\n\n"
        "To add something, just reply to this message.\n\n{link}",
    ),
    "follow_up": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request {other} was closed long ago, so your message has opened a new request, "
        "{reference}, which follows it up; our team is on it.\n\nTo add something, just reply to this message.\n\n{link}",
    ),
    "merged": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request {reference} is about the same thing as request {other}. We have put them "
        "together: everything goes on in {other}, and nothing of what you wrote is lost.\n\nYou can reply to this message "
        "as usual.\n\n{desk}\n\n{link}",
    ),
    "unmerged": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request {reference} is not part of {other} after all: it is dealt with on its own "
        "again.\n\n{desk}\n\n{link}",
    ),
    "reply": Words("{subject}", "{message}\n\n{actor}\n{desk}\n\n{link}"),
    "resolved": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request {reference} is resolved:\n\n{message}\n\n{actor}\n{desk}\n\n"
        "Does everything work?\n\n{confirm_link}\n\n{reopen_link}\n\nIf we hear nothing from you, the request closes in "
        "{days} days.",
    ),
    "major_update": Words(
        "{subject}",
        "Hello {recipient},\n\nHere is how the major incident stands that concerns your request {reference}:\n\n"
        "{message}\n\n{desk}\n\n{link}",
    ),
    "major_news": Words(
        "{subject}",
        "Hello {recipient},\n\nHere is how the major incident {reference} ({organisation}) stands:\n\n{message}\n\n{desk}",
    ),
    "major_stood_down": Words(
        "{subject}",
        "Hello {recipient},\n\nYour request {reference} is no major incident after all:\n\n{message}\n\n"
        "We go on working on it; there is nothing for you to do.\n\n{desk}\n\n{link}",
    ),
    "major_stood_down_follower": Words(
        "{subject}",
        "Hello {recipient},\n\nThe major incident that your request {reference} was linked to was none after all:\n\n"
        "{message}\n\nWe go on working on your request by itself; there is nothing for you to do.\n\n{desk}\n\n{link}",
    ),
    "major_stood_down_news": Words(
        "{subject}",
        "Hello {recipient},\n\nThe incident {reference} ({organisation}) is no major incident after all:\n\n{message}\n\n"
        "The ticket goes on; you will get no more updates of this kind.\n\n{desk}",
    ),
    "closed": Words(
        "{subject}",
        "Hello {recipient},\n\nWe have heard nothing from you for {days} days, so your request {reference} is closed.\n\n"
        "If the problem comes back, reply to this message: that reopens it.\n\n{link}",
    ),
    "reopened": Words(
        "{subject}",
        "Hello {recipient},\n\n{actor} has reopened your request {reference}:\n\n{message}\n\n{link}",
    ),
    "mentioned": Words(
        "{subject}",
        "{actor} names you in an internal note on {reference} ({organisation}, {priority}):\n\n{message}\n\n{desk_link}",
    ),
    "requester_wrote": Words(
        "{subject}", "{actor} has answered on {reference} ({organisation}, {priority}):\n\n{message}\n\n{desk_link}"
    ),
    "stranger_wrote": Words(
        "{subject}",
        "Somebody who is not on {reference} has answered. The requester does not see this message:\n\n{message}\n\n{desk_link}",
    ),
    "third_party": Words("{subject}", "{message}\n\n{actor}\n{desk}"),
    "third_party_answered": Words(
        "{subject}",
        "{actor}, a third party, has answered on {reference} ({organisation}, {priority}). The requester does not see this "
        "message:\n\n{message}\n\n{desk_link}",
    ),
    "third_party_bounced": Words(
        "{subject}",
        "A mail to a third party, from {reference}, could not be delivered:\n\n{message}\n\n{desk_link}",
    ),
    "reopened_for_you": Words(
        "{subject}", "{actor} has reopened {reference} ({organisation}, {priority}):\n\n{message}\n\n{desk_link}"
    ),
    "harmful_file": Words(
        "{subject}",
        "A file of {reference} ({organisation}, {priority}) is held back: the virus scanner found something harmful in it.\n\n{message}\n\n"
        "Nobody can open it; a security officer can take it out of the quarantine by saying why.\n\n{desk_link}",
    ),
    "low_rating": Words(
        "{subject}",
        "{actor} is not content with how {reference} ({organisation}, {priority}) was dealt with:\n\n{message}\n\n{desk_link}",
    ),
    "assigned": Words(
        "{subject}",
        "{actor} has assigned {reference} ({organisation}, {priority}) to you.\n\nRequester: {requester}\n\n{desk_link}",
    ),
    "escalated": Words(
        "{subject}",
        "{actor} hands {reference} ({organisation}, {priority}) over to {team}.\n\n{message}\n\nTo accept it, or send "
        "it back with a reason, open the ticket:\n\n{desk_link}",
    ),
    "returned": Words(
        "{subject}", "{actor} sends {reference} ({organisation}, {priority}) back to you:\n\n{message}\n\n{desk_link}"
    ),
    "unsent": Words(
        "{subject}",
        "Your answer to {reference} was not sent, and the requester has not got it:\n\n{message}\n\n"
        "It is kept in quarantine, under Mail.\n\n{desk_link}",
    ),
    "bounced": Words(
        "{subject}",
        "A mail of {reference} could not be delivered:\n\n{message}\n\nSo the requester was not told by mail.\n\n{desk_link}",
    ),
    "promise_warning": Words(
        "{subject}",
        "A promise is in danger on {reference} ({organisation}, {priority}).\n\n{promise}: due {due}\n\n"
        "Requester: {requester}\n\n{message}\n\n{desk_link}",
    ),
    "promise_missed": Words(
        "{subject}",
        "A promise was missed on {reference} ({organisation}, {priority}).\n\n{promise}: due {due}\n\n"
        "Requester: {requester}\n\n{message}\n\n{desk_link}",
    ),
    "escalation_rule": Words(
        "{subject}",
        "The rule “{rule}” draws your attention to {reference} ({organisation}, {priority}).\n\n{message}\n\n"
        "Requester: {requester}\n\n{desk_link}",
    ),
    "major_declared": Words(
        "{subject}",
        "{actor} declares {reference} ({organisation}, {priority}) a major incident.\n\n{message}\n\n{desk_link}",
    ),
    "major_update_staff": Words(
        "{subject}",
        "News of the major incident {reference} ({organisation}, {priority}), from {actor}:\n\n{message}\n\n{desk_link}",
    ),
    "major_stood_down_staff": Words(
        "{subject}",
        "{actor} stands down the major incident {reference} ({organisation}, {priority}); it was none after all:\n\n"
        "{message}\n\nThe ticket goes on.\n\n{desk_link}",
    ),
    "major_follower_staff": Words(
        "{subject}",
        "The major incident that {reference} ({organisation}, {priority}) followed was none after all:\n\n{message}\n\n"
        "This ticket is not resolved with it any more: it is on its own again.\n\n{desk_link}",
    ),
    "approval": Words(
        "Your approval is asked for: {subject}",
        "Hello {recipient},\n\n{actor} asks for your approval on request {reference} “{subject}” of {requester} "
        "({organisation}):\n\n{message}\n\n{until}\n\n{approval_link}\n\nWhat {requester} wrote:\n\n{details}\n\n"
        "Nothing is decided until you choose “Approve” or “Refuse” on that page. An answer to this mail reaches us as a "
        "message, but neither approves nor refuses, even if it says “yes”.\n\n{desk}",
    ),
    "approval_reminder": Words(
        "Reminder, your approval is awaited: {subject}",
        "Hello {recipient},\n\nYour approval is still awaited on request {reference} “{subject}” of {requester} "
        "({organisation}):\n\n{message}\n\n{until}\n\n{approval_link}\n\nAn answer to this mail neither approves nor refuses: "
        "only the page decides.\n\n{desk}",
    ),
    "approval_withdrawn": Words(
        "Your approval is no longer needed: {subject}",
        "Hello {recipient},\n\nYour approval on request {reference} “{subject}” is no longer needed; there is nothing for you "
        "to do.\n\n{message}\n\n{desk}",
    ),
    "approval_asked": Words(
        "Your approval is asked for: {subject}",
        "{actor} asks for your approval on {reference} ({organisation}, {priority}):\n\n{message}\n\n{until}\n\n"
        "Requester: {requester}\n\nApprove or refuse in the ticket; an answer to this mail neither approves nor refuses.\n\n{desk_link}",
    ),
    "approval_given": Words(
        "Approved: {subject}",
        "{actor} approves what was asked on {reference} ({organisation}, {priority}).\n\n{message}\n\n{desk_link}",
    ),
    "approval_refused": Words(
        "Refused: {subject}",
        "{actor} refuses what was asked on {reference} ({organisation}, {priority}):\n\n{message}\n\n{desk_link}",
    ),
    "approval_expired": Words(
        "No answer on an approval: {subject}",
        "What was asked to be approved on {reference} ({organisation}, {priority}) was not answered, and its day has passed:\n\n{message}\n\n{desk_link}",
    ),
    "contract_ending": Words(
        "Contract {reference} ({organisation}): ends on {day}",
        "The contract {reference} “{subject}” of {organisation} ends on {day}.\n\n{message}\n\n{contract_link}",
    ),
    "audit_broken": Words(
        "The audit does not hold any more",
        "The verification of the audit found that it does not hold any more:\n\n{message}\n\n"
        "Somebody changed, removed or added rows past the guards of the database. Keep a copy of the database as it is, "
        "compare with the heads that were kept elsewhere, and find out who had access to the database.\n\n{audit_link}",
    ),
    "endpoint_failing": Words(
        "Nothing arrives at “{subject}” any more",
        "What is sent to “{subject}” has not arrived since {day}:\n\n{message}\n\n"
        "Each message is tried for about a day, then given up; it can be sent again for thirty days.\n\n{hook_link}",
    ),
    "endpoint_switched_off": Words(
        "“{subject}” was switched off",
        "Nothing had arrived at “{subject}” since {day}, and it was switched off:\n\n{message}\n\n"
        "Switch it on once the receiver works again; what did not arrive can then be sent again.\n\n{hook_link}",
    ),
    "backup_failed": Words(
        "The backup of the night of {day} needs a look",
        "The backup of the night of {day} did not go as it should:\n\n{message}\n\n"
        "On the machine, “entraide doctor” says how the backups are, and “entraide backup” makes one at once.",
    ),
}

BUILT_IN: dict[str, dict[str, Words]] = {"fr": FR, "en": EN}

# What the links are called on their buttons.
BUTTONS: dict[str, dict[str, str]] = {
    "fr": {
        "link": "Voir ma demande",
        "confirm_link": "Oui, c'est résolu",
        "reopen_link": "Non, rouvrir la demande",
        "desk_link": "Ouvrir le ticket",
        "contract_link": "Ouvrir le contrat",
        "approval_link": "Lire et décider",
        "hook_link": "Voir les envois",
        "audit_link": "Ouvrir le journal d’audit",
    },
    "en": {
        "link": "See my request",
        "confirm_link": "Yes, it is solved",
        "reopen_link": "No, reopen the request",
        "desk_link": "Open the ticket",
        "contract_link": "Open the contract",
        "approval_link": "Read and decide",
        "hook_link": "See the deliveries",
        "audit_link": "Open the audit",
    },
}
# Mails to people of the desk lead there; what is answered to them never leaves it.
FOR_THE_DESK = frozenset(code for code, words in EN.items() if "{desk_link}" in words.body)
# What is written to third parties; their answers are no word of the requester's.
THIRD_PARTY = "third_party"
# No ticket stands behind these: what is answered to them opens one.
OF_CONTRACTS = frozenset(code for code, words in EN.items() if "{contract_link}" in words.body)
# Nor does any page stand behind this one.
OF_BACKUPS = frozenset({"backup_failed"})
OF_ENDPOINTS = frozenset(code for code, words in EN.items() if "{hook_link}" in words.body)
# These tell of the audit.
OF_AUDIT = frozenset(code for code, words in EN.items() if "{audit_link}" in words.body)

REPLY_LINE = {
    "fr": "##- Répondez au-dessus de cette ligne -##",
    "en": "##- Reply above this line -##",
}
NOTE_LINE = {
    "fr": "##- Votre réponse au-dessus de cette ligne devient une note interne ; le demandeur ne la reçoit pas -##",
    "en": "##- Your answer above this line becomes an internal note; the requester does not get it -##",
}
TICKET_LINE = {
    "fr": "##- Une réponse au-dessus de cette ligne ouvre un ticket -##",
    "en": "##- An answer above this line opens a ticket -##",
}
