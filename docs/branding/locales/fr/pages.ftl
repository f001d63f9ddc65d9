language-name = Français
languages = Langue
support = Un problème pour vous connecter ? Adressez-vous à l’accueil du hall principal.

# Connexion
login-title = Se connecter
login-title-problem = Erreur : Se connecter
login-lead = pour continuer vers { $app }
login-identifier = Compte universitaire ou e-mail
login-password = Mot de passe
login-show-password = Afficher le mot de passe
login-remember = Rester connecté sur cet appareil
login-accept = Se connecter
login-reject = Annuler
login-problem-wrong-credentials = L’identifiant et le mot de passe ne correspondent pas. Veuillez vérifier les deux, puis réessayer.
login-problem-throttled-seconds = Trop de tentatives ont échoué. Pour protéger votre compte, veuillez attendre { $count ->
    [one] une seconde
   *[other] { $count } secondes
} avant de réessayer.
login-problem-throttled-minutes = Trop de tentatives ont échoué. Pour protéger votre compte, veuillez attendre { $count ->
    [one] une minute
   *[other] { $count } minutes
} avant de réessayer.
login-problem-throttled-hours = Trop de tentatives ont échoué. Pour protéger votre compte, veuillez attendre { $count ->
    [one] une heure
   *[other] { $count } heures
} avant de réessayer.
login-problem-busy = Un très grand nombre de personnes se connectent en ce moment. Veuillez réessayer dans quelques secondes.
login-problem-down = Votre mot de passe ne peut pas être vérifié pour le moment. Rien n’est perdu : veuillez réessayer dans un instant.
login-problem-other-account = L’application attend un autre compte que celui que vous avez utilisé. Veuillez vous connecter avec le compte attendu, ou revenir à l’application avec « Annuler ».

# Consentement
consent-title = { $app } demande un accès
consent-person = Vous êtes connecté en tant que { $person }
consent-scopes = Autoriser { $app } à :
consent-always = Fait toujours partie de la connexion
consent-remember = Ne plus me demander pour cette application
consent-new = nouveau
consent-policy = Politique de confidentialité de { $app }
consent-terms = Conditions d’utilisation de { $app }
consent-other = Utiliser un autre compte
consent-accept = Autoriser
consent-reject = Refuser

# L’application est réservée à des groupes de personnes
turned-away-title = { $app } n’est pas ouverte à ce compte
turned-away-text = Seuls certains groupes de personnes peuvent utiliser { $app }, et ce compte n’appartient à aucun d’eux. Votre mot de passe est bon. Si vous avez besoin de l’application, demandez à son responsable ou à votre administrateur de vous ajouter à un groupe.

# Déconnexion
logout-title = Se déconnecter ?
logout-lead = Vous serez déconnecté ici et des applications que vous avez ouvertes à partir d’ici.
logout-app = { $app } souhaite vous déconnecter.
logout-accept = Se déconnecter
logout-everywhere = Se déconnecter de tous les appareils
logout-reject = Rester connecté

# Applications et sessions
apps-title = Applications autorisées
apps-revoke = Retirer l’accès de { $app }
apps-none = Aucune application n’a accès à votre compte.
sessions-title = Où vous êtes connecté
sessions-unknown = Appareil inconnu
sessions-this = cet appareil
sessions-device = { $browser } sous { $system }
sessions-began = Connexion
sessions-used = dernière utilisation
ago-now = à l’instant
ago-minutes = { $count ->
    [one] il y a une minute
   *[other] il y a { $count } minutes
}
ago-hours = { $count ->
    [one] il y a une heure
   *[other] il y a { $count } heures
}
ago-days = { $count ->
    [one] il y a un jour
   *[other] il y a { $count } jours
}

# Suite
to-the-app = Aller à l’application
go-on = Continuer
try-again = Réessayer
trace = Si vous demandez de l’aide, indiquez ce numéro :

link-help = Aide
link-privacy = Confidentialité
link-terms = Conditions d’utilisation
link-imprint = Mentions légales
link-accessibility = Accessibilité

# Messages
message-no-page-title = Cette page n’existe pas
message-no-page-text = Veuillez revenir à l’application que vous souhaitez utiliser et vous y connecter.
message-unknown-challenge-title = Cette connexion est introuvable
message-unknown-challenge-text = L’adresse est incomplète, ou la connexion est déjà terminée. Revenez à l’application que vous souhaitez utiliser et connectez-vous à partir de celle-ci.
message-expired-title = Le délai est dépassé
message-expired-text = Pour votre sécurité, une connexion ne reste ouverte que quelques minutes. Veuillez recommencer à partir de l’application que vous souhaitez utiliser.
message-answered-title = Cette connexion est terminée
message-answered-text = Vous avez déjà répondu, et rien n’a changé depuis. Revenez à l’application que vous souhaitez utiliser.
message-too-weak-title = Cette application exige une connexion plus sûre
message-too-weak-text = Vous avez prouvé votre identité, mais l’application exige plus qu’un mot de passe, et rien d’autre n’est configuré pour vous ici. Veuillez vous adresser aux responsables de l’application.
message-foreign-form-title = Ce formulaire n’est pas valable ici
message-foreign-form-text = Il a été créé pour un autre navigateur, ou les cookies sont bloqués. Autorisez les cookies pour ce site, revenez à l’application et connectez-vous à partir de celle-ci.
message-bad-form-title = Ce formulaire n’a pas pu être lu
message-bad-form-text = Un élément manque ou a été modifié en route ; rien n’a donc été autorisé. Revenez à l’application et connectez-vous à partir de celle-ci.
message-down-title = Un instant, s’il vous plaît
message-down-text = Une partie du service de connexion est injoignable pour le moment. Rien n’est perdu : veuillez réessayer dans quelques secondes.
message-broken-title = Une erreur s’est produite de notre côté
message-broken-text = Vous n’avez rien fait de mal. Veuillez réessayer plus tard et prévenir votre administration si cela se reproduit.
message-signing-out-title = Déconnexion en cours
message-signing-out-text = Cela ne prend qu’un instant.
message-logged-out-title = Vous êtes déconnecté
message-logged-out-text = Vous pouvez fermer cette fenêtre.
message-still-signed-in-title = Vous êtes toujours connecté
message-still-signed-in-text = Rien n’a changé. Vous pouvez fermer cette fenêtre.

# Erreurs que Hydra envoie ici
message-error-access-denied-title = L’accès n’a pas été accordé
message-error-access-denied-text = La connexion a été refusée ou interrompue. Revenez à l’application que vous souhaitez utiliser et reconnectez-vous.
message-error-client-title = Cette application n’est pas connue ici
message-error-client-text = L’application n’est pas enregistrée pour ce service, ou son enregistrement a changé. Veuillez prévenir les responsables de l’application.
message-error-request-title = La demande de l’application n’a pas été comprise
message-error-request-text = La connexion n’a pas pu commencer. Revenez à l’application et réessayez. Si cela se reproduit, veuillez prévenir ses responsables.
message-error-unsupported-title = L’application en a trop demandé
message-error-unsupported-text = Elle a demandé quelque chose qu’elle n’a pas le droit d’obtenir. Veuillez prévenir ses responsables.
message-error-login-required-title = Vous devez d’abord vous connecter
message-error-login-required-text = L’application voulait continuer sans vous montrer de page. Revenez-y et connectez-vous à partir de celle-ci.
message-error-server-title = La connexion n’a pas pu aboutir
message-error-server-text = Une erreur s’est produite de notre côté. Revenez à l’application et réessayez dans un instant.
message-error-access-denied-owner = Pour les responsables de l’application : access_denied. La personne ou une règle a refusé ; l’application n’est pas en cause.
message-error-client-owner = Pour les responsables de l’application : comparez l’identifiant du client et l’adresse de redirection avec l’enregistrement.
message-error-request-owner = Pour les responsables de l’application : un paramètre de la demande manque ou est faux. Le journal de Hydra dit lequel.
message-error-unsupported-owner = Pour les responsables de l’application : elle n’est pas enregistrée pour une autorisation ou un type de réponse qu’elle demande.
message-error-login-required-owner = Pour les responsables de l’application : la demande contenait prompt=none, et personne n’était connecté ou n’avait consenti. Demandez à nouveau sans ce paramètre.
message-error-server-owner = Pour les responsables de l’application : elle n’est pas en cause. La cause se trouve dans le journal de Hydra.
message-error-interrupted-title = La connexion a été interrompue
message-error-interrupted-text = Une autre connexion a été commencée entre-temps dans ce navigateur, ou il n’accepte pas les cookies. Revenez à l’application que vous souhaitez utiliser et connectez-vous à partir de celle-ci.
message-error-interrupted-owner = Pour les responsables de l’application : request_forbidden. Le cookie de Hydra n’appartenait pas à cette demande.
message-error-late-title = Le délai est dépassé
message-error-late-text = Pour votre sécurité, une connexion ne reste ouverte que quelques minutes. Revenez à l’application que vous souhaitez utiliser et connectez-vous à partir de celle-ci.
message-error-late-owner = Pour les responsables de l’application : request_unauthorized. La demande a expiré ; une nouvelle suffit.
message-error-weak-title = La demande de l’application n’était pas sûre
message-error-weak-text = Elle ne protège pas assez la connexion, qui n’a donc pas pu commencer. Veuillez prévenir les responsables de l’application.
message-error-weak-owner = Pour les responsables de l’application : state et nonce doivent avoir au moins 8 caractères aléatoires, de préférence 32.
message-error-setup-title = Cette connexion n’est pas configurée correctement
message-error-setup-text = Vous n’avez rien fait de mal. Veuillez prévenir votre administration.
message-error-setup-owner = Pour l’administration : Hydra signale une erreur de configuration. Son journal donne les détails.
