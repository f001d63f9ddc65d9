"""How a Python program uses Latchkey's identity service: people and passwords, errors that say what
to do, and deadlines. It prints a line for each thing that it has seen. It says who it is by a
certificate, or as an app by a token of its own, which it gets with CLIENT_ID and CLIENT_SECRET.

    python caller.py [--ca ca.pem [--cert me.pem --key me.key]] [--token-url URL] 127.0.0.1:50051

The modules `latchkey.identity.v1` come from the contracts in proto/:

    python -m grpc_tools.protoc -I PATH/TO/proto --python_out=. --grpc_python_out=. FILES
"""

import argparse
import json
import math
import os
import sys
import uuid
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from latchkey.identity.v1 import credential_service_pb2 as credentials
from latchkey.identity.v1 import user_service_pb2 as users
from latchkey.identity.v1.credential_service_pb2_grpc import CredentialServiceStub
from latchkey.identity.v1.user_service_pb2_grpc import UserServiceStub

# What a call may take, in seconds. Without a deadline the server gives up after 30.
PATIENCE = 10
PASSWORD = "correct horse battery staple"


def main():
    parser = argparse.ArgumentParser(description="A tour of Latchkey's identity service")
    parser.add_argument("--ca", help="certificates that the server's is checked against")
    parser.add_argument("--cert", help="the certificate that says who calls")
    parser.add_argument("--key", help="its key")
    parser.add_argument("--token-url", help="Hydra's /oauth2/token; none: no token is shown")
    parser.add_argument("address", help="where identity listens, such as 127.0.0.1:50051")
    options = parser.parse_args()
    with connect(options) as channel:
        people, sign = UserServiceStub(channel), CredentialServiceStub(channel)
        create(people)
        verify(sign)
        update(people)
        list_all(people)
        late(people)
        guess(sign)


def connect(options):
    if not options.ca:
        return grpc.insecure_channel(options.address)
    files = (options.ca, options.key, options.cert)
    tls = grpc.ssl_channel_credentials(*(file and Path(file).read_bytes() for file in files))
    if options.token_url:
        shown = grpc.access_token_call_credentials(token(options.token_url))
        tls = grpc.composite_channel_credentials(tls, shown)
    return grpc.secure_channel(options.address, tls)


def token(url):
    """An access token. A program that runs longer than `expires_in` asks for another before that."""
    form = {
        "grant_type": "client_credentials",
        "client_id": os.environ["CLIENT_ID"],
        "client_secret": os.environ["CLIENT_SECRET"],
        "scope": "identity.users identity.verify",
    }
    with urlopen(url, urlencode(form).encode(), PATIENCE) as answer:
        return json.load(answer)["access_token"]


def create(people):
    """A request id makes it safe to ask again: nobody is added twice."""
    ask = users.CreateUserRequest(
        email="python1@example.com",
        display_name="Python",
        password=PASSWORD,
        request_id=str(uuid.uuid4()),
    )
    first = people.CreateUser(ask, timeout=PATIENCE).user
    again = people.CreateUser(ask, timeout=PATIENCE).user
    print("created:", first.email, first.etag)
    if first.subject == again.subject:
        print("asked again: the same person")

    ask = users.CreateUserRequest(email="nobody", display_name="Python", password="short")
    try:
        people.CreateUser(ask, timeout=PATIENCE)
    except grpc.RpcError as error:
        found = explain(error)
        print("invalid:", found["ErrorInfo"].reason)
        for violation in found["BadRequest"].field_violations:
            print("  field:", violation.field)


def verify(sign):
    """A wrong password is an answer, not an error."""
    for typed in (PASSWORD, "wrong"):
        ask = credentials.VerifyCredentialsRequest(
            identifier="PYTHON1@example.com",
            password=typed,
            context=credentials.AttemptContext(ip="192.0.2.1", user_agent="caller"),
        )
        answer = sign.VerifyCredentials(ask, timeout=PATIENCE)
        if answer.WhichOneof("outcome") == "verified":
            print("verified:", *answer.verified.amr)
        else:
            print("rejected:", credentials.RejectionReason.Name(answer.rejected.reason))


def update(people):
    """An etag protects what somebody else wrote meanwhile."""
    only = users.UserFilter(identifier="python1@example.com")
    [user] = people.ListUsers(users.ListUsersRequest(filter=only), timeout=PATIENCE).users
    user.display_name = "Pythonista"
    ask = users.UpdateUserRequest(user=user, update_mask={"paths": ["display_name"]})
    updated = people.UpdateUser(ask, timeout=PATIENCE).user
    print("updated:", updated.display_name, updated.etag)
    try:
        people.UpdateUser(ask, timeout=PATIENCE)
    except grpc.RpcError as error:
        print("seen before that:", error.code().name, explain(error)["ErrorInfo"].reason)


def list_all(people):
    for number in range(2, 6):
        ask = users.CreateUserRequest(
            email=f"python{number}@example.com", display_name="Python", password=PASSWORD
        )
        people.CreateUser(ask, timeout=PATIENCE)
    ask = users.ListUsersRequest(page_size=2, filter=users.UserFilter(email_prefix="python"))
    pages, found = 0, 0
    while True:
        page = people.ListUsers(ask, timeout=PATIENCE)
        pages, found, ask.page_token = pages + 1, found + len(page.users), page.next_page_token
        if not ask.page_token:
            break
    print("listed:", found, "people on", pages, "pages")


def late(people):
    """The deadline travels with the call: the server begins nothing that would be late."""
    ask = users.CreateUserRequest(
        email="python6@example.com", display_name="Python", password=PASSWORD
    )
    try:
        people.CreateUser(ask, timeout=0.001)
    except grpc.RpcError as error:
        print("too late:", error.code().name)


def guess(sign):
    """Whoever fails too often has to wait, and is told for how long."""
    ask = credentials.VerifyCredentialsRequest(
        identifier="python2@example.com",
        password="wrong",
        context=credentials.AttemptContext(ip="192.0.2.3"),
    )
    for _ in range(100):
        try:
            sign.VerifyCredentials(ask, timeout=PATIENCE)
        except grpc.RpcError as error:
            found = explain(error)
            wait = found["RetryInfo"].retry_delay.ToTimedelta()
            seconds = math.ceil(wait.total_seconds())
            reason = found["ErrorInfo"].reason
            print("guessed too often:", error.code().name, reason, "for", seconds, "s")
            return
    sys.exit("a hundred guesses were looked at")


def explain(error):
    """The google.rpc details of an error. Programs go by the reason: texts may change."""
    found = {}
    for detail in rpc_status.from_call(error).details:
        message = getattr(error_details_pb2, detail.TypeName().rpartition(".")[2])()
        detail.Unpack(message)
        found[detail.TypeName().rpartition(".")[2]] = message
    return found


if __name__ == "__main__":
    main()
