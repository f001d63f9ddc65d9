support = Probleme bei der Anmeldung? Fragen Sie am Serviceschalter in der Haupthalle.
login-identifier = Hochschulkennung oder E-Mail
