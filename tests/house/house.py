"""The rules of the house that no compiler checks: an include never points up (shared with the link
graph of the CMake rooms), and no file names a path of the machine on which it was written.

    house.py ROOT    prints each violation as file:line: text; exit status 1 where there is one
"""

import pathlib
import re
import sys

# A room -> the rooms that it may look into, beside itself. Data flows down docs/architecture.md.
GENERATOR = {"base", "picture", "device", "spec", "plan", "estimate", "verilog", "rtl", "lower",
             "collateral"}
BELOW_CLI = GENERATOR | {"noise", "crossbar", "analog", "reference", "sim", "tb", "proof", "flows"}
ALLOWED = {
    "base": set(),
    "picture": {"base"},
    "device": {"base"},
    "spec": {"base"},
    "plan": {"base", "sim", "spec"},
    "estimate": {"base", "spec", "plan"},
    "verilog": {"base"},
    "rtl": set(),
    "lower": {"base", "spec", "plan", "verilog", "rtl"},
    "collateral": GENERATOR - {"collateral", "estimate"},
    "sim": {"base", "spec", "noise", "reference"},
    "noise": set(),
    "crossbar": {"base"},
    "analog": {"base", "device", "spec", "noise", "crossbar"},
    "reference": {"base", "device", "noise", "crossbar"},
    "tb": {"base", "spec", "noise", "sim"},
    "proof": {"base", "spec"},
    "flows": BELOW_CLI - {"flows"},
    "sweep": {"base", "spec", "estimate", "flows"},
    "explore": {"base", "spec", "estimate", "sweep"},
    "results_page": {"base", "picture", "spec", "plan", "collateral", "flows", "sweep"},
    "cli": BELOW_CLI | {"sweep", "explore", "results_page"},
}
FOLDERS = {
    room: ("generator/" if room in GENERATOR - {"rtl"} else "") + room for room in ALLOWED
}
FOLDERS["noise"] = "sim/noise"  # a room inside the folder of sim
FOLDERS["sweep"] = "flows/sweep"
FOLDERS["explore"] = "flows/explore"
FOLDERS["results_page"] = "flows/results_page"
FOLDERS["crossbar"] = "sim/crossbar"
FOLDERS["analog"] = "sim/analog"
FOLDERS["reference"] = "sim/reference"

INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)[">]')
ROOM_CALL = re.compile(r"cimforge_room\(\s*(\w+)([^)]*)\)")
LINK_CALL = re.compile(r"target_link_libraries\(\s*cimforge_(\w+)([^)]*)\)")
# Built from pieces, so that this file does not hold them.
MACHINE_PATH = re.compile(r"(?<![\w.}\])])/(?:" + "wor" + "k|" + "roo" + "t)/")
NOT_SEARCHED = {".git", "build", "docs", "__pycache__", "node_modules"}


def room_of(path):
    """The room of a path relative to the root, the inner one of two; None where it is in none."""
    rooms = [room for room, folder in FOLDERS.items()
             if path == folder or path.startswith(folder + "/")]
    return max(rooms, key=lambda room: len(FOLDERS[room]), default=None)


def upward_includes(root):
    for room, folder in FOLDERS.items():
        may = ALLOWED[room] | {room}
        for file in sorted((root / folder).rglob("*")):
            name = file.relative_to(root).as_posix()
            if file.suffix not in {".h", ".hpp", ".cpp", ".cc", ".in"} or room_of(name) != room:
                continue
            for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                included = match[1]
                if ".." in included.split("/"):
                    yield f"{name}:{number}: {included} is a relative path"
                elif included.startswith("tests/"):
                    yield f"{name}:{number}: {room} includes {included}, a test"
                elif (target := room_of(included)) is not None and target not in may:
                    yield f"{name}:{number}: {room} includes {included}, which is above it"


def upward_links(root):
    for room, folder in FOLDERS.items():
        file = root / folder / "CMakeLists.txt"
        if not file.exists():
            continue
        text = file.read_text()
        name = file.relative_to(root).as_posix()
        links = []
        for target, arguments in ROOM_CALL.findall(text):
            _, _, depends = arguments.partition("DEPENDS")
            links += [(target, each) for each in re.split(r"\s+LINK\b", depends)[0].split()]
            links += [(target, each) for each in re.findall(r"cimforge::(\w+)", arguments)]
        for target, arguments in LINK_CALL.findall(text):
            links += [(target, each) for each in re.findall(r"cimforge::(\w+)", arguments)]
        for target, used in links:
            if target in ALLOWED and used in ALLOWED and used not in ALLOWED[target] | {target}:
                yield f"{name}:1: {target} links {used}, which is above it"


def machine_paths(root):
    for file in sorted(root.rglob("*")):
        parts = file.relative_to(root).parts
        if NOT_SEARCHED & set(parts) or file.is_symlink() or not file.is_file():
            continue
        content = file.read_bytes()
        if b"\0" in content:  # an array of numbers or an image
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if match := MACHINE_PATH.search(line):
                yield f"{'/'.join(parts)}:{number}: names the path {match[0]} of some machine"


def violations(root):
    return [*upward_includes(root), *upward_links(root), *machine_paths(root)]


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    root = pathlib.Path(arguments[0])
    missing = [folder for folder in FOLDERS.values() if not (root / folder).is_dir()]
    if missing:
        print(f"{root} has no {', '.join(missing)}")
        return 2
    found = violations(root)
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
