"""
A real Django with the tutorial's accounts, in one file, to rehearse the move on:

    python3 -m venv .venv && .venv/bin/pip install django argon2-cffi bcrypt
    .venv/bin/python tutorial.py people 200   # makes db.sqlite3 with so many people, of every kind of hash
    .venv/bin/python tutorial.py dumpdata auth.user > users.json

and, once they were imported into a Latchkey that keeps its mail in the built-in inbox, a client as the tutorial has it:

    .venv/bin/pip install requests
    .venv/bin/python tutorial.py journey http://localhost:3000

Everybody's password is "move with me, please". `tutorial.py` takes every command of manage.py.
"""

import re
import sys
import time
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command, execute_from_command_line

HASHERS = [
    "PBKDF2PasswordHasher",
    "PBKDF2SHA1PasswordHasher",
    "ScryptPasswordHasher",
    "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher",
    "Argon2PasswordHasher",
]
PASSWORD = "move with me, please"

settings.configure(
    SECRET_KEY="for rehearsals only",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).parent / "db.sqlite3"}
    },
    PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}" for name in HASHERS],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()


def make_people(count: int) -> None:
    """People with one hash of each kind, shared, as hashing is slow; names and addresses as they grow in real tables."""
    from django.contrib.auth.hashers import get_hashers, make_password
    from django.contrib.auth.models import User

    call_command("migrate", verbosity=0)
    hashes = [make_password(PASSWORD, hasher=hasher.algorithm) for hasher in get_hashers()]
    odd = [
        {"username": "ada+lovelace@analytical.engine"},
        {"username": "name@is-the-address.example", "email": "name@is-the-address.example"},
        {"email": ""},
        {"email": "person1@example.com"},
        {"username": "PERSON1"},
        {"password": make_password(None)},
        {"is_active": False},
        {"is_staff": True, "is_superuser": True},
    ]
    people = []
    for index in range(count):
        fields = {
            "username": f"person{index}",
            "email": f"person{index}@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "password": hashes[index % len(hashes)],
        }
        # The first hundred begin like everybody; after them stands one of each odd kind.
        if 100 <= index < 100 + len(odd):
            fields |= odd[index - 100]
        people.append(User(**fields))
    User.objects.bulk_create(people)
    print(f"{count} people in db.sqlite3")


def code_for(session, url: str, address: str) -> str:
    """The newest code to an address, out of the built-in inbox."""
    for _ in range(100):
        mails = [mail for mail in session.get(f"{url}/dev/mails").json() if mail["to"] == address]
        codes = [code for mail in mails for code in re.findall(r"\b\d{6}\b", mail["text"])]
        if codes:
            return codes[0]
        time.sleep(0.1)
    raise SystemExit(f"no code for {address}")


def go_the_way_of_a_client(url: str) -> None:
    """Signs two people in and reads who they are, the one by JSON, the other by forms; nothing here knows of Latchkey."""
    import requests

    for username, kind in (("person1", "json"), ("person2", "data")):
        session = requests.Session()

        def post(path: str, **fields: str) -> dict:
            response = session.post(f"{url}/api/{path}/", **{kind: fields})
            response.raise_for_status()
            return response.json()

        post("login", username=username, password=PASSWORD)
        otp = code_for(session, url, f"{username}@example.com")
        tokens = post("verify-otp", username=username, otp=otp)
        for _ in range(3):
            tokens["access"] = post("token/refresh", refresh=tokens["refresh"])["access"]
        headers = {"Authorization": f"Bearer {tokens['access']}"}
        me = session.get(f"{url}/api/me/", headers=headers).json()
        assert me["username"] == username, me
        print(f"{username} is signed in by {'JSON' if kind == 'json' else 'forms'}")


if sys.argv[1:2] == ["people"]:
    make_people(int(sys.argv[2]))
elif sys.argv[1:2] == ["journey"]:
    go_the_way_of_a_client(sys.argv[2].rstrip("/"))
else:
    execute_from_command_line(sys.argv)
