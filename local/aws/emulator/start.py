"""Starts ministack with what a fleet of secrets needs and ministack lacks, and with levers for tests.

Run with the Python of a virtual environment that holds ministack (see ../requirements.txt). Settings are ministack's own
environment variables, and:

    --end-with-stdin                  end, with every process started from here, when standard input closes
    SECRETCAST_LABEL_EVENT_ON_CREATE  1: CreateSecret with a value also emits `Secret Label Updated`. AWS does not say whether it does;
                                      by default only the CloudTrail event is sent, so that nothing comes to rely on the other
"""

import sys

import calls
import control
import event_bus
import lambda_worker
import parameter_events
import parameter_filters
import parent_watch
import policies
import secret_events
import secret_store
import web_identity

import ministack.app


def start():
    if "--end-with-stdin" in sys.argv:
        parent_watch.end_with_stdin()
    sys.argv = sys.argv[:1]  # ministack reads the rest
    lambda_worker.install()
    event_bus.install()
    parameter_events.install()
    parameter_filters.install()
    policies.install()
    web_identity.install()
    secret_store.install()
    secret_events.install()  # after secret_store: it wraps the finished handler
    calls.install()
    control.install()
    ministack.app.main()


if __name__ == "__main__":
    start()
