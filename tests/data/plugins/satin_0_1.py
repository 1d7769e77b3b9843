"""A plugin of one file, written for artgen 0.1: it asks hooks for less than they have, and `register` for the least."""

import artgen

SEEN = []


@artgen.hookimpl
def register_losses(register):
    register("satin", f"{__name__}:Satin")


@artgen.hookimpl
def job_checked():
    SEEN.append("job_checked")


@artgen.hookimpl
def run_started(run):
    SEEN.append(f"run_started {run.name}")


@artgen.hookimpl
def task_finished(task):
    SEEN.append(f"task_finished {task}")


@artgen.hookimpl
def metrics_logged(step):
    SEEN.append(f"metrics_logged {step}")


@artgen.hookimpl
def artifact_saved(artifact):
    SEEN.append(f"artifact_saved {artifact.path.name}")


@artgen.hookimpl
def checkpoint_saved(path):
    SEEN.append(f"checkpoint_saved {path.name}")


@artgen.hookimpl
def run_finished(error):
    SEEN.append(f"run_finished {error}")


class Satin:
    """Pulls the mean colour toward grey."""

    needs = frozenset()

    def __init__(self, config):
        self.config = config

    def for_generator(self, step):
        return step.fake.picture.mean(dim=(2, 3)).square().sum(dim=1)

    def for_discriminator(self, step):
        return None
