# The language itself, as its speakers call it, and what the list of languages is called
language-name = English
languages = Language

# Login
login-title = Sign in
login-title-problem = Error: Sign in
login-lead = to continue to { $app }
login-identifier = Email or username
login-password = Password
login-show-password = Show password
login-remember = Remember me on this device
login-accept = Sign in
login-reject = Cancel
login-problem-wrong-credentials = This email and password do not match. Please check both and try again.
login-problem-throttled-seconds = Too many sign-ins have failed. To keep your account safe, please wait { $count ->
    [one] one second
   *[other] { $count } seconds
} before you try again.
login-problem-throttled-minutes = Too many sign-ins have failed. To keep your account safe, please wait { $count ->
    [one] one minute
   *[other] { $count } minutes
} before you try again.
login-problem-throttled-hours = Too many sign-ins have failed. To keep your account safe, please wait { $count ->
    [one] one hour
   *[other] { $count } hours
} before you try again.
login-problem-busy = Very many people are signing in right now. Please try again in a few seconds.
login-problem-other-account = The app expects another account than the one that you used. Please sign in with that one, or cancel to go back to the app.
login-problem-down = Your password cannot be checked right now. Nothing is lost: please try again in a moment.

# Consent
consent-title = { $app } asks for access
consent-person = You are signed in as { $person }
consent-scopes = Allow { $app } to:
consent-always = Always part of signing in
consent-remember = Do not ask me again for this app
consent-new = new
consent-policy = Privacy policy of { $app }
consent-terms = Terms of { $app }
consent-other = Use another account
consent-accept = Authorize
consent-reject = Deny

# The app is kept to groups of people
turned-away-title = { $app } is not open to this account
turned-away-text = Only some groups of people may use { $app }, and this account is in none of them. Nothing is wrong with your password. If you need the app, ask its owner or your administrator to add you to a group.

# Logout
logout-title = Sign out?
logout-lead = You will be signed out here, and of the apps that you opened from here.
logout-app = { $app } wants to sign you out.
logout-accept = Sign out
logout-everywhere = Sign out on all devices
logout-reject = Stay signed in

# Apps and sessions
apps-title = Apps with access
apps-revoke = Remove the access of { $app }
apps-none = No app has access to your account.
sessions-title = Where you are signed in
sessions-unknown = Unknown device
sessions-this = this device
sessions-device = { $browser } on { $system }
sessions-began = Signed in
sessions-used = last used
ago-now = just now
ago-minutes = { $count ->
    [one] one minute ago
   *[other] { $count } minutes ago
}
ago-hours = { $count ->
    [one] one hour ago
   *[other] { $count } hours ago
}
ago-days = { $count ->
    [one] one day ago
   *[other] { $count } days ago
}

# Ways on
to-the-app = Go to the app
go-on = Go on
try-again = Try again
trace = If you ask for help, mention this number:

# Links under every page, where the organisation has them
link-help = Help
link-privacy = Privacy
link-terms = Terms of use
link-imprint = Legal notice
link-accessibility = Accessibility

# Messages
message-no-page-title = This page does not exist
message-no-page-text = Please go back to the app that you want to use, and sign in from there.
message-unknown-challenge-title = This sign-in cannot be found
message-unknown-challenge-text = The address is incomplete, or the sign-in is already over. Go back to the app that you want to use, and sign in from there.
message-expired-title = This took too long
message-expired-text = For your safety, a sign-in stays open for only a few minutes. Please start again from the app that you want to use.
message-answered-title = This sign-in is complete
message-answered-text = You have answered already, and nothing has changed since. Go back to the app that you want to use.
message-too-weak-title = This app asks for a stronger sign-in
message-too-weak-text = You have proved who you are, but the app asks for more than a password, and nothing more is set up for you here. Please ask the app's owner.
message-foreign-form-title = This form could not be used
message-foreign-form-text = It was made for another browser, or cookies are blocked. Allow cookies for this site, go back to the app that you want to use, and sign in from there.
message-bad-form-title = This form could not be read
message-bad-form-text = Something in it is missing or was changed on the way, so nothing has been granted. Go back to the app that you want to use, and sign in from there.
message-down-title = Just a moment
message-down-text = A part of the sign-in cannot be reached right now. Nothing is lost: please try again in a few seconds.
message-broken-title = Something went wrong on our side
message-broken-text = You did nothing wrong. Please try again later, and tell your administrator if it happens again.
message-signing-out-title = Signing you out
message-signing-out-text = This takes a moment.
message-logged-out-title = You are signed out
message-logged-out-text = You can close this window.
message-still-signed-in-title = You are still signed in
message-still-signed-in-text = Nothing has changed. You can close this window.

# Errors that Hydra sends here
message-error-access-denied-title = Access was not granted
message-error-access-denied-text = The sign-in was refused or interrupted. Go back to the app that you want to use, and sign in again.
message-error-client-title = This app is not known here
message-error-client-text = The app is not registered for this sign-in, or its registration has changed. Please tell the app's owner.
message-error-request-title = The app asked in a way that is not understood
message-error-request-text = The sign-in could not begin. Go back to the app and try once more; if it happens again, please tell the app's owner.
message-error-unsupported-title = The app asked for too much
message-error-unsupported-text = It asked for something that it may not have. Please tell the app's owner.
message-error-login-required-title = You have to sign in first
message-error-login-required-text = The app wanted to go on without showing you a page. Go back to it, and sign in from there.
message-error-server-title = The sign-in could not be finished
message-error-server-text = Something went wrong on our side. Go back to the app and try once more in a moment.
message-error-access-denied-owner = For the app's owner: access_denied. The person or a rule refused; nothing is wrong with the app.
message-error-client-owner = For the app's owner: check the client id and the redirect address against the registration.
message-error-request-owner = For the app's owner: the authorization request lacks a parameter or has a wrong one. Hydra's log tells which.
message-error-unsupported-owner = For the app's owner: the app is not registered for a scope, response type or grant that it asks for.
message-error-login-required-owner = For the app's owner: the request had prompt=none, and nobody was signed in or had consented. Ask again without it.
message-error-server-owner = For the app's owner: nothing is wrong with the app. The operators of this sign-in find the cause in Hydra's log.
message-error-interrupted-title = The sign-in was interrupted
message-error-interrupted-text = Another sign-in was begun in this browser meanwhile, or it does not keep cookies. Go back to the app that you want to use, and sign in from there.
message-error-interrupted-owner = For the app's owner: request_forbidden. Hydra's cookie did not belong to this request.
message-error-late-title = This took too long
message-error-late-text = For your safety a sign-in stays open for some minutes only. Go back to the app that you want to use, and sign in from there.
message-error-late-owner = For the app's owner: request_unauthorized. The request has expired; a new one will do.
message-error-weak-title = The app asked in an unsafe way
message-error-weak-text = It did not protect the sign-in well enough, so it could not begin. Please tell the app's owner.
message-error-weak-owner = For the app's owner: state and nonce need at least 8 random characters; better 32.
message-error-setup-title = This sign-in is not set up correctly
message-error-setup-text = You did nothing wrong. Please tell your administrator.
message-error-setup-owner = For the operators: Hydra reports a misconfiguration. Its log has the details.
