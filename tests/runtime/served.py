"""The web server's processes over a page of its own: `python -m tests.runtime.served READ_SECONDS` says where."""

from __future__ import annotations

import hashlib
import sys

from flask import Flask, request

from vocapp import reception, webserver

PROCESSES, THREADS = 2, 2


def main() -> None:
    reception.READ_SECONDS = float(sys.argv[1])
    app = Flask(__name__)

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        return hashlib.sha256(request.get_data()).hexdigest()

    listener = webserver.listen("127.0.0.1", 0)
    sys.stdout.write(webserver.address_of(listener, "127.0.0.1") + "\n")
    sys.stdout.flush()
    webserver.serve(app, listener.fileno(), processes=PROCESSES, threads=THREADS)


if __name__ == "__main__":
    main()
