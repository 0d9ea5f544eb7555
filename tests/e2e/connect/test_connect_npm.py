"""npm's Connect clients (client.mjs) against the engine, with the code protoc-gen-es makes of proto/. Ends with 77,
which ctest takes for skipped, when Node or the packages of package-lock.json are missing."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from contract import ROOT  # noqa: E402
from serving import Serving  # noqa: E402

MODULES = HERE / "node_modules"


class Npm(Serving):
    def test_the_clients_of_npm(self):
        # Within this folder, where Node finds the packages the made code asks for.
        with tempfile.TemporaryDirectory(prefix=".made-", dir=HERE) as made:
            protos = sorted(str(p.relative_to(ROOT / "proto")) for p in (ROOT / "proto" / "casewheel" / "v1").glob("*.proto"))
            subprocess.run(["protoc", f"-I{ROOT / 'proto'}", f"--plugin=protoc-gen-es={MODULES / '.bin' / 'protoc-gen-es'}",
                            f"--es_out={made}", "--es_opt=target=js,import_extension=js", *protos, "google/rpc/error_details.proto"], check=True)
            done = subprocess.run(["node", "client.mjs", self.installation.http_address, made], cwd=HERE,
                                  capture_output=True, text=True, timeout=150)
            self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])
            self.assertIn(" 0 failed", done.stdout)


if __name__ == "__main__":
    if shutil.which("node") is None or not (MODULES / "@connectrpc" / "connect-web").is_dir():
        print("node or the packages of tests/e2e/connect (npm ci) are missing")
        sys.exit(77)
    unittest.main(verbosity=2)
