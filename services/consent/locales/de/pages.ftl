# Die Sprache selbst, wie man sie nennt, und wie die Liste der Sprachen heißt
language-name = Deutsch
languages = Sprache

# Anmelden
login-title = Anmelden
login-title-problem = Fehler: Anmelden
login-lead = um mit { $app } fortzufahren
login-identifier = E-Mail oder Benutzername
login-password = Passwort
login-show-password = Passwort anzeigen
login-remember = Auf diesem Gerät angemeldet bleiben
login-accept = Anmelden
login-reject = Abbrechen
login-problem-wrong-credentials = E-Mail und Passwort passen nicht zusammen. Bitte prüfen Sie beides und versuchen Sie es noch einmal.
login-problem-throttled-seconds = Zu viele Anmeldeversuche sind fehlgeschlagen. Bitte warten Sie zu Ihrer Sicherheit { $count ->
    [one] eine Sekunde
   *[other] { $count } Sekunden
}, bevor Sie es noch einmal versuchen.
login-problem-throttled-minutes = Zu viele Anmeldeversuche sind fehlgeschlagen. Bitte warten Sie zu Ihrer Sicherheit { $count ->
    [one] eine Minute
   *[other] { $count } Minuten
}, bevor Sie es noch einmal versuchen.
login-problem-throttled-hours = Zu viele Anmeldeversuche sind fehlgeschlagen. Bitte warten Sie zu Ihrer Sicherheit { $count ->
    [one] eine Stunde
   *[other] { $count } Stunden
}, bevor Sie es noch einmal versuchen.
login-problem-busy = Im Moment melden sich sehr viele Menschen an. Bitte versuchen Sie es in einigen Sekunden noch einmal.
login-problem-down = Ihr Passwort kann im Moment nicht geprüft werden. Es ist nichts verloren: Bitte versuchen Sie es gleich noch einmal.
login-problem-other-account = Die App erwartet ein anderes Konto als das, mit dem Sie sich angemeldet haben. Bitte melden Sie sich damit an, oder gehen Sie mit „Abbrechen“ zurück zur App.

# Zustimmung
consent-title = { $app } bittet um Zugriff
consent-person = Sie sind angemeldet als { $person }
consent-scopes = Das darf { $app }:
consent-always = Gehört immer zur Anmeldung
consent-remember = Bei dieser App nicht mehr fragen
consent-new = neu
consent-policy = Datenschutzerklärung von { $app }
consent-terms = Nutzungsbedingungen von { $app }
consent-other = Anderes Konto verwenden
consent-accept = Erlauben
consent-reject = Ablehnen

# Die App ist bestimmten Gruppen vorbehalten
turned-away-title = { $app } ist für dieses Konto nicht freigegeben
turned-away-text = Nur bestimmte Gruppen dürfen { $app } benutzen, und dieses Konto gehört zu keiner davon. Ihr Passwort ist in Ordnung. Wenn Sie die App brauchen, bitten Sie die Verantwortlichen der App oder Ihre Administration, Sie in eine Gruppe aufzunehmen.

# Abmelden
logout-title = Abmelden?
logout-lead = Sie werden hier und von den Apps abgemeldet, die Sie von hier aus geöffnet haben.
logout-app = { $app } möchte Sie abmelden.
logout-accept = Abmelden
logout-everywhere = Auf allen Geräten abmelden
logout-reject = Angemeldet bleiben

# Apps und Sitzungen
apps-title = Apps mit Zugriff
apps-revoke = { $app } den Zugriff entziehen
apps-none = Keine App hat Zugriff auf Ihr Konto.
sessions-title = Wo Sie angemeldet sind
sessions-unknown = Unbekanntes Gerät
sessions-this = dieses Gerät
sessions-device = { $browser } auf { $system }
sessions-began = Angemeldet
sessions-used = zuletzt benutzt
ago-now = gerade eben
ago-minutes = { $count ->
    [one] vor einer Minute
   *[other] vor { $count } Minuten
}
ago-hours = { $count ->
    [one] vor einer Stunde
   *[other] vor { $count } Stunden
}
ago-days = { $count ->
    [one] vor einem Tag
   *[other] vor { $count } Tagen
}

# Wege weiter
to-the-app = Zur App
go-on = Weiter
try-again = Noch einmal versuchen
trace = Wenn Sie um Hilfe bitten, nennen Sie diese Nummer:

# Links unter jeder Seite, wenn die Organisation sie hat
link-help = Hilfe
link-privacy = Datenschutz
link-terms = Nutzungsbedingungen
link-imprint = Impressum
link-accessibility = Barrierefreiheit

# Mitteilungen
message-no-page-title = Diese Seite gibt es nicht
message-no-page-text = Bitte gehen Sie zurück zu der App, die Sie nutzen möchten, und melden Sie sich dort an.
message-unknown-challenge-title = Diese Anmeldung gibt es nicht
message-unknown-challenge-text = Die Adresse ist unvollständig, oder die Anmeldung ist schon abgeschlossen. Gehen Sie zurück zu der App, die Sie nutzen möchten, und melden Sie sich dort an.
message-expired-title = Das hat zu lange gedauert
message-expired-text = Zu Ihrer Sicherheit bleibt eine Anmeldung nur wenige Minuten offen. Bitte beginnen Sie neu in der App, die Sie nutzen möchten.
message-answered-title = Diese Anmeldung ist abgeschlossen
message-answered-text = Sie haben schon geantwortet, und seitdem hat sich nichts geändert. Gehen Sie zurück zu der App, die Sie nutzen möchten.
message-too-weak-title = Diese App verlangt eine stärkere Anmeldung
message-too-weak-text = Sie haben gezeigt, wer Sie sind, aber die App verlangt mehr als ein Passwort, und mehr ist hier für Sie nicht eingerichtet. Bitte wenden Sie sich an die Verantwortlichen der App.
message-foreign-form-title = Dieses Formular gilt hier nicht
message-foreign-form-text = Es wurde für einen anderen Browser erstellt, oder Cookies sind gesperrt. Erlauben Sie Cookies für diese Website, gehen Sie zurück zu der App und melden Sie sich dort an.
message-bad-form-title = Dieses Formular konnte nicht gelesen werden
message-bad-form-text = Darin fehlt etwas, oder es wurde unterwegs verändert; darum wurde nichts erlaubt. Gehen Sie zurück zu der App und melden Sie sich dort an.
message-down-title = Einen Moment bitte
message-down-text = Ein Teil der Anmeldung ist im Moment nicht erreichbar. Es ist nichts verloren: Bitte versuchen Sie es in einigen Sekunden noch einmal.
message-broken-title = Bei uns ist etwas schiefgegangen
message-broken-text = Sie haben nichts falsch gemacht. Bitte versuchen Sie es später noch einmal, und benachrichtigen Sie Ihre Administration, wenn es wieder geschieht.
message-signing-out-title = Sie werden abgemeldet
message-signing-out-text = Das dauert einen Moment.
message-logged-out-title = Sie sind abgemeldet
message-logged-out-text = Sie können dieses Fenster schließen.
message-still-signed-in-title = Sie sind weiterhin angemeldet
message-still-signed-in-text = Es hat sich nichts geändert. Sie können dieses Fenster schließen.

# Fehler, die Hydra hierher schickt
message-error-access-denied-title = Der Zugriff wurde nicht erlaubt
message-error-access-denied-text = Die Anmeldung wurde abgelehnt oder unterbrochen. Gehen Sie zurück zu der App und melden Sie sich noch einmal an.
message-error-client-title = Diese App ist hier nicht bekannt
message-error-client-text = Die App ist für diese Anmeldung nicht registriert, oder ihre Registrierung hat sich geändert. Bitte benachrichtigen Sie die Verantwortlichen der App.
message-error-request-title = Die Anfrage der App wurde nicht verstanden
message-error-request-text = Die Anmeldung konnte nicht beginnen. Gehen Sie zurück zu der App und versuchen Sie es noch einmal. Geschieht es wieder, benachrichtigen Sie bitte die Verantwortlichen der App.
message-error-unsupported-title = Die App hat um zu viel gebeten
message-error-unsupported-text = Sie hat um etwas gebeten, das sie nicht haben darf. Bitte benachrichtigen Sie die Verantwortlichen der App.
message-error-login-required-title = Sie müssen sich zuerst anmelden
message-error-login-required-text = Die App wollte fortfahren, ohne Ihnen eine Seite zu zeigen. Gehen Sie zu ihr zurück und melden Sie sich dort an.
message-error-server-title = Die Anmeldung konnte nicht abgeschlossen werden
message-error-server-text = Bei uns ist etwas schiefgegangen. Gehen Sie zurück zu der App und versuchen Sie es in einem Moment noch einmal.
message-error-access-denied-owner = Für die Verantwortlichen der App: access_denied. Die Person oder eine Regel hat abgelehnt; an der App liegt es nicht.
message-error-client-owner = Für die Verantwortlichen der App: Vergleichen Sie Client-ID und Rücksprungadresse mit der Registrierung.
message-error-request-owner = Für die Verantwortlichen der App: In der Anfrage fehlt eine Angabe, oder sie ist falsch. Welche, steht in Hydras Protokoll.
message-error-unsupported-owner = Für die Verantwortlichen der App: Sie ist für eine Berechtigung oder Antwortart, die sie verlangt, nicht registriert.
message-error-login-required-owner = Für die Verantwortlichen der App: Die Anfrage enthielt prompt=none, und niemand war angemeldet oder hatte zugestimmt. Fragen Sie ohne diese Angabe.
message-error-server-owner = Für die Verantwortlichen der App: An der App liegt es nicht. Die Ursache steht in Hydras Protokoll.
message-error-interrupted-title = Die Anmeldung wurde unterbrochen
message-error-interrupted-text = In diesem Browser wurde inzwischen eine andere Anmeldung begonnen, oder er nimmt keine Cookies an. Gehen Sie zurück zu der App, die Sie nutzen möchten, und melden Sie sich dort an.
message-error-interrupted-owner = Für die Verantwortlichen der App: request_forbidden. Hydras Cookie gehörte nicht zu dieser Anfrage.
message-error-late-title = Das hat zu lange gedauert
message-error-late-text = Zu Ihrer Sicherheit bleibt eine Anmeldung nur einige Minuten offen. Gehen Sie zurück zu der App, die Sie nutzen möchten, und melden Sie sich dort an.
message-error-late-owner = Für die Verantwortlichen der App: request_unauthorized. Die Anfrage ist abgelaufen; eine neue genügt.
message-error-weak-title = Die Anfrage der App war nicht sicher
message-error-weak-text = Sie schützt die Anmeldung nicht gut genug, darum konnte sie nicht beginnen. Bitte sagen Sie den Verantwortlichen der App Bescheid.
message-error-weak-owner = Für die Verantwortlichen der App: state und nonce brauchen mindestens 8 zufällige Zeichen, besser 32.
message-error-setup-title = Diese Anmeldung ist nicht richtig eingerichtet
message-error-setup-text = Sie haben nichts falsch gemacht. Bitte sagen Sie Ihrer Administration Bescheid.
message-error-setup-owner = Für die Administration: Hydra meldet eine falsche Einstellung. Einzelheiten stehen in Hydras Protokoll.
