"""What the stories under examples/ are played on: this build of the provider and the emulator, and a real Terraform with
the provider in a mirror as if it had been downloaded. A story says what happens, and what it expects.
"""

import json
import os
import pathlib
import platform
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
ADDRESS = "registry.terraform.io/sentinel-iac/defender"


class NotAsTold(Exception):
    """A step that did not do what the story says."""


def say(text):
    print(text, flush=True)


def step(text):
    say(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}")


def expect(condition, told):
    if not condition:
        raise NotAsTold(told)


def build():
    step("Building the provider and the emulator (release mode; minutes the first time)")
    subprocess.run(["cargo", "build", "--release", "--locked", "--bins"], cwd=ROOT, check=True)
    metadata = subprocess.check_output(["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"], cwd=ROOT)
    metadata = json.loads(metadata)
    return pathlib.Path(metadata["target_directory"]) / "release", metadata["packages"][0]["version"]


def find_terraform():
    path = subprocess.check_output([ROOT / "tests" / "terraform"], text=True).strip()
    version = subprocess.check_output([path, "version"], text=True, stderr=subprocess.DEVNULL).splitlines()[0]
    say(f"{version}: {path}")
    return path


class Emulator:
    """The local Sentinel, and a hand in its portal."""

    def __init__(self, binary, folder, scenario):
        self.ca, self.log = folder / "ca.pem", folder / "exchanges.jsonl"
        command = [binary, "--listen", "127.0.0.1:0", "--ca-file", self.ca, "--exchange-log", self.log]
        command += ["--scenario", scenario, "--for", "900"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        expect(self.url.startswith("https://"), "the emulator does not start")
        self.tls = ssl.create_default_context(cafile=self.ca)

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + "/_emulator" + path, data, {"content-type": "application/json"}, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.tls))
        with opener.open(request, timeout=10) as answer:
            return answer.read().decode()

    def call(self, method, path, body=None):
        text = self.send(method, path, body)
        return json.loads(text) if text else None

    def user_token(self):
        """What az account get-access-token gives against Azure: a token of somebody who is signed in."""
        return self.send("POST", "/user-token")

    def exchanges(self):
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=10)


class Terraform:
    """Terraform in a folder of its own, which holds a copy of the story's configuration."""

    def __init__(self, path, folder, configuration, release, version, emulator, variables):
        self.path, self.folder = path, folder / "configuration"
        # What is left of somebody's own run stays out.
        shutil.copytree(configuration, self.folder, ignore=shutil.ignore_patterns("run", ".terraform*", "terraform.tfstate*"))
        machine = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), platform.machine())
        target = f"{platform.system().lower()}_{machine}"
        package = folder / "mirror" / ADDRESS / version / target
        package.mkdir(parents=True)
        (package / f"terraform-provider-defender_v{version}").symlink_to(release / "terraform-provider-defender")
        settings = folder / "terraform.rc"
        settings.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder / "mirror"}"\n  }}\n}}\n')
        ours = {
            "TF_CLI_CONFIG_FILE": str(settings),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            "SSL_CERT_FILE": str(emulator.ca),
            "ARM_CLIENT_ID": "33333333-3333-4333-8333-333333333333",
            "ARM_CLIENT_SECRET": "emulator-secret",
            "TF_VAR_service_url": emulator.url,
        }
        # Nothing of the person's own Azure or Terraform settings plays into the story.
        theirs = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "ARM_", "AZURE_", "DEFENDER_"))}
        self.environment = theirs | ours | variables

    def run(self, *words, codes=(0,), **variables):
        environment = self.environment | {f"TF_VAR_{name}": value for name, value in variables.items()}
        done = subprocess.run([self.path, *words], cwd=self.folder, env=environment, text=True, capture_output=True)
        if done.returncode not in codes:
            raise NotAsTold(f"terraform {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done

    def plan(self, **variables):
        """What a plan would change: address, actions, and each attribute's before and after."""
        done = self.run("plan", "-no-color", "-input=false", "-out=plan", "-detailed-exitcode", codes=(0, 2), **variables)
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        changes = {}
        for change in plan.get("resource_changes", []):
            actions = change["change"]["actions"]
            if actions not in (["no-op"], ["read"]):
                before, after = change["change"]["before"] or {}, change["change"]["after"] or {}
                moved = {name: (before.get(name), after.get(name)) for name in {*before, *after} if before.get(name) != after.get(name)}
                changes[change["address"]] = (actions, moved)
        expect((done.returncode == 2) == bool(changes), "plan's exit code and its changes disagree")
        return changes

    def checks(self):
        """What the checks of the last plan say: nothing where they pass."""
        plan = json.loads(self.run("show", "-json", "plan").stdout)
        instances = [instance for check in plan.get("checks", []) for instance in check.get("instances", [])]
        return [problem["message"] for instance in instances for problem in instance.get("problems", [])]

    def expect_no_changes(self, **variables):
        changes = self.plan(**variables)
        expect(not changes, f"the plan is not empty: {changes}")
        say("  No changes.")


def tell(changes):
    for address, (actions, moved) in sorted(changes.items()):
        if actions == ["create"]:
            say(f"  + {address}")
        elif actions == ["delete"]:
            say(f"  - {address}")
        else:
            for name, (before, after) in sorted(moved.items()):
                if isinstance(before, list) and isinstance(after, list):
                    gained, lost = sorted(set(after) - set(before)), sorted(set(before) - set(after))
                    say(f"  ~ {address}: {name} " + " ".join([f"+{item}" for item in gained] + [f"-{item}" for item in lost]))
                else:
                    say(f"  ~ {address}: {name} {json.dumps(before)} -> {json.dumps(after)}")


def play(configuration, story, variables):
    """Plays a story in a temporary folder; `variables` makes of the emulator what the environment is to hold besides."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    release, version = build()
    terraform_path = find_terraform()
    began = time.monotonic()
    emulator = None
    with tempfile.TemporaryDirectory(prefix="defender-story-") as folder:
        folder = pathlib.Path(folder)
        try:
            emulator = Emulator(release / "sentinel-emulator", folder, configuration / "scenario.json")
            say(f"The emulator answers at {emulator.url}")
            story(Terraform(terraform_path, folder, configuration, release, version, emulator, variables(emulator)), emulator)
            requests = len(emulator.exchanges())
        except NotAsTold as error:
            say(f"\nNot as told: {error}")
            return 1
        finally:
            if emulator:
                emulator.stop()
    step(f"Done: the whole story in {time.monotonic() - began:.1f} s and {requests} requests; nothing stays behind.")
    return 0
