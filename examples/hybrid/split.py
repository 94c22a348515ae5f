#!/usr/bin/env python3
"""Accuracy against energy of a hybrid macro, by its split.

For every number of digital bits of a weight, from none (an analog macro) to all (a digital one): the
accuracy of a network on the device (`cimforge study`), the energy of the digital macro for a vector
(`cimforge ppa`: the digital part alone, as a macro of its own) and the conversions of the analog one.
What a conversion takes, with its share of the array, is not known to cimforge: --conversion-pj is the
user's own figure. Standard library only.

usage: split.py NETWORK SPEC --conversion-pj PJ [--seconds T] [--seeds N] [--cimforge PROGRAM]
       [--liberty FILE] [--json FILE]
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import tomllib


def toml(table):
    """A specification of tables of plain values as TOML."""
    text = "".join(f"{k} = {json.dumps(v)}\n" for k, v in table.items() if not isinstance(v, dict))
    for name, values in table.items():
        if isinstance(values, dict):
            text += f"[{name}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in values.items())
    return text


def run(program, directory, *arguments):
    """The JSON that a command writes."""
    result = directory / "result.json"
    subprocess.run([program, *arguments, "--json", str(result)], check=True,
                   stdout=subprocess.DEVNULL)
    return json.loads(result.read_text())


def variant(base, digital_bits, weight_bits):
    """The specification with another split; of another kind at its ends."""
    spec = {k: dict(v) if isinstance(v, dict) else v for k, v in base.items()}
    if digital_bits == 0:
        spec["kind"] = "analog"
        spec.pop("hybrid")
        for key in ("adder_tree", "pipeline_stages", "rows_per_block"):
            spec.get("compute", {}).pop(key, None)
    elif digital_bits == weight_bits:
        spec["kind"] = "digital"
        spec.pop("hybrid")
        spec.pop("analog")
    else:
        spec["hybrid"]["digital_bits"] = digital_bits
    return spec


def digital_part(base, digital_bits, signed):
    spec = variant(base, digital_bits, digital_bits)
    spec["operands"]["weight"] = f"{'' if signed else 'u'}int{digital_bits}"
    return spec


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("network")
    parser.add_argument("spec")
    parser.add_argument("--conversion-pj", type=float, required=True)
    parser.add_argument("--seconds", type=float, default=365 * 86400.0)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--images", type=int, default=0)
    parser.add_argument("--cimforge", default="cimforge")
    parser.add_argument("--liberty")
    parser.add_argument("--json")
    options = parser.parse_args()
    base = tomllib.loads(pathlib.Path(options.spec).read_text())
    weight = base["operands"]["weight"]
    bits = int(weight.lstrip("uint"))
    rows = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for digital in range(bits + 1):
            spec_file = directory / f"split{digital}.toml"
            spec_file.write_text(toml(variant(base, digital, bits)))
            row = {"digital_bits": digital, "conversions": 0, "digital_pj": 0.0}
            images = ["--images", str(options.images)] if options.images else []
            if digital < bits:
                study = run(options.cimforge, directory, "study", options.network, "--spec",
                            str(spec_file), "--devices", base["analog"]["device"], "--celsius", "25",
                            "--seconds", str(options.seconds), "--seeds", str(options.seeds), *images)
                case = [c for c in study["cases"] if not c["ideal"]][0]
                row["accuracies"] = case["accuracies"]
                check = run(options.cimforge, directory, "check", str(spec_file))
                plan = check.get("analog", check)
                row["conversions"] = plan["steps"] * plan["slices"] * base["array"]["columns"]
                exact = study["digital_accuracy"]
            else:
                row["accuracies"] = [exact]
            if digital > 0:
                part = directory / f"part{digital}.toml"
                part.write_text(toml(digital_part(base, digital, not weight.startswith("u"))))
                liberty = ["--liberty", options.liberty] if options.liberty else []
                ppa = run(options.cimforge, directory, "ppa", str(part), *liberty)
                row["digital_pj"] = ppa["energy_per_mvm_pj"]
                row["digital_um2"] = ppa["area_um2"]
            row["energy_pj"] = row["digital_pj"] + row["conversions"] * options.conversion_pj
            rows.append(row)
    print("| digital bits | right, % | digital macro, pJ a vector | its area, um2 | conversions a vector "
          f"| all, pJ, at {options.conversion_pj:g} pJ a conversion |\n|---|---|---|---|---|---|")
    for row in rows:
        mean = sum(row["accuracies"]) / len(row["accuracies"])
        low, high = min(row["accuracies"]), max(row["accuracies"])
        spread = f" ({100 * low:.2f} to {100 * high:.2f})" if high > low else ""
        print(f"| {row['digital_bits']} of {bits} | {100 * mean:.2f}{spread} | {row['digital_pj']:.0f} "
              f"| {row.get('digital_um2', 0):.0f} | {row['conversions']} | {row['energy_pj']:.0f} |")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
