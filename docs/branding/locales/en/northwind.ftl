# One word of our own, and one in place of Latchkey's.
support = Trouble signing in? Ask at the service desk in the main hall.
login-identifier = University account or email
