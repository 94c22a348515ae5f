#!/usr/bin/env python3
"""The published shapes in one table: each is verified, then mapped, timed and simulated (`cimforge ppa`).

Figures are those of the library that is mapped to, none of the published silicon. Standard library only.

usage: table.py [--cimforge PROGRAM] [--liberty FILE] [SPEC ...]
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("specs", nargs="*", type=pathlib.Path)
    parser.add_argument("--cimforge", default="cimforge")
    parser.add_argument("--liberty")
    options = parser.parse_args()
    specs = options.specs or sorted(pathlib.Path(__file__).parent.glob("*.toml"))
    liberty = ["--liberty", options.liberty] if options.liberty else []
    print("| shape | rows x columns x banks | inputs x weights | cycles a vector | vectors verified "
          "| area, mm2 | fmax, MHz | energy a vector, nJ |\n|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        result = pathlib.Path(name) / "result.json"

        def run(command, spec, *arguments):
            done = subprocess.run([options.cimforge, command, spec, *arguments, "--json", str(result)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode != 0:
                sys.exit(f"{command} {spec}: status {done.returncode}: {done.stderr}")
            return json.loads(result.read_text())

        for spec in specs:
            check = run("check", str(spec))
            verify = run("verify", str(spec))
            ppa = run("ppa", str(spec), *liberty)
            of = tomllib.loads(spec.read_text())
            precision = of.get("precision", {})
            cycles = str(check["cycles_per_vector"])
            weights = of["operands"]["weight"]
            if precision.get("mode") == "per_vector":
                cycles = f"1 to {cycles}"
                fused = precision.get("fused_columns", 1)
                weights += f", up to {fused} fused" if fused > 1 else ""
            array = {"banks": 1, **of["array"]}
            print(f"| {spec.stem} | {array['rows']} x {array['columns']} x {array['banks']} "
                  f"| {of['operands']['input']} x {weights} | {cycles} | {verify['vectors']} "
                  f"| {ppa['area_um2'] / 1e6:.3f} | {ppa['fmax_mhz']:.1f} "
                  f"| {ppa['energy_per_mvm_pj'] / 1e3:.2f} |", flush=True)


if __name__ == "__main__":
    main()
