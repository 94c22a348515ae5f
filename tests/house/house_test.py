"""house.py catches what it is there for: each kind of violation is planted in an empty house."""

import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import house

# Every look that must fail, and beside it one that must not.
UPWARD = {
    "base": ["generator/spec/spec.h"],
    "picture": ["generator/spec/spec.h", "generator/device/device.h", "flows/tools.h"],
    "device": ["generator/spec/spec.h", "sim/golden.h", "sim/noise/noise.h"],
    "spec": ["generator/plan/plan.h", "generator/verilog/module.h", "sim/golden.h"],
    "plan": ["generator/verilog/module.h", "generator/lower/lower.h", "rtl/cells.h"],
    "estimate": ["generator/lower/lower.h", "flows/tools.h"],
    "verilog": ["generator/spec/spec.h", "generator/plan/plan.h", "generator/lower/names.h"],
    "rtl": ["generator/lower/lower.h"],
    "lower": ["generator/collateral/core.h", "sim/golden.h", "tb/bench.h"],
    "collateral": ["flows/tools.h", "sim/golden.h", "tb/bench.h"],
    "noise": ["generator/base/file.h", "generator/spec/spec.h", "sim/golden.h"],
    "crossbar": ["generator/spec/spec.h", "sim/golden.h", "sim/noise/noise.h"],
    "analog": ["generator/plan/plan.h", "sim/golden.h", "sim/reference/cell_array.h"],
    "reference": ["generator/spec/spec.h", "sim/golden.h", "sim/analog/cell_array.h"],
    "sim": ["generator/plan/plan.h", "generator/lower/lower.h", "generator/verilog/module.h",
            "rtl/cells.h", "tb/bench.h"],
    "tb": ["generator/plan/plan.h", "generator/lower/lower.h", "flows/tools.h"],
    "proof": ["generator/plan/plan.h", "generator/lower/lower.h", "sim/golden.h", "tb/bench.h",
              "flows/tools.h"],
    "flows": ["cli/command.h", "flows/sweep/sweep.h"],
    "sweep": ["cli/commands.h", "flows/explore/goal.h", "flows/results_page/page.h"],
    "explore": ["cli/commands.h", "flows/process.h"],
    "results_page": ["cli/commands.h"],
    "cli": ["tests/catch.h"],
}
DOWNWARD = {
    "picture": ["generator/base/file.h", "generator/picture/chart.h"],
    "spec": ["generator/base/file.h", "generator/spec/range.h", "toml++/toml.h"],
    "plan": ["generator/spec/spec.h", "generator/base/file.h"],
    "estimate": ["generator/plan/plan.h", "generator/spec/spec.h"],
    "verilog": ["generator/base/file.h", "fmt/format.h"],
    "lower": ["generator/plan/plan.h", "generator/verilog/module.h", "rtl/cells.h"],
    "collateral": ["generator/lower/lower.h"],
    "device": ["generator/base/file.h", "generator/device/report.h"],
    "noise": ["sim/noise/normal_table.h"],
    "crossbar": ["generator/base/exit_status.h", "sim/crossbar/network.h"],
    "analog": ["generator/device/device.h", "generator/spec/spec.h", "sim/noise/noise.h",
               "sim/crossbar/crossbar.h"],
    "reference": ["generator/device/device.h", "sim/noise/noise.h", "sim/crossbar/crossbar.h"],
    "sim": ["generator/spec/spec.h", "sim/noise/noise.h"],
    "tb": ["sim/golden.h", "generator/spec/spec.h"],
    "proof": ["generator/spec/spec.h", "generator/base/file.h"],
    "flows": ["generator/collateral/core.h", "tb/bench.h", "sim/golden.h", "proof/prove.h",
              "generator/picture/page.h", "sim/analog/cell_array.h"],
    "sweep": ["flows/process.h", "generator/spec/parse.h"],
    "explore": ["flows/sweep/sweep.h", "generator/estimate/estimate.h"],
    "results_page": ["flows/sweep/store.h", "generator/collateral/timing_diagram.h"],
    "cli": ["flows/tools.h", "flows/sweep/sweep.h", "flows/explore/goal.h",
            "flows/results_page/page.h", "generator/spec/parse.h"],
}


class HouseTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.root = pathlib.Path(temporary.name)
        for folder in house.FOLDERS.values():
            (self.root / folder).mkdir(parents=True)

    def plant(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        found = house.violations(self.root)
        file.unlink()
        return found

    def test_every_room_is_tried(self):
        self.assertEqual(set(UPWARD), set(house.FOLDERS))

    def test_an_include_that_points_up(self):
        for room, includes in UPWARD.items():
            for include in includes:
                for text in (f'#include "{include}"\n', f"  #  include <{include}>\n"):
                    file = house.FOLDERS[room] + "/deeper/planted.h"
                    found = self.plant(file, "// first\n" + text)
                    self.assertEqual(len(found), 1, (room, include))
                    self.assertTrue(found[0].startswith(f"{file}:2: "), found)

    def test_an_include_that_points_down(self):
        for room, includes in DOWNWARD.items():
            for include in includes:
                file = house.FOLDERS[room] + "/planted.cpp"
                self.assertEqual(self.plant(file, f'#include "{include}"\n'), [], (room, include))

    def test_a_relative_include(self):
        self.assertEqual(len(self.plant("sim/planted.cpp", '#include "../tb/bench.h"\n')), 1)

    def test_a_link_that_points_up(self):
        for text in ("cimforge_room(sim SOURCES a.cpp DEPENDS spec plan LINK fmt::fmt)\n",
                     "cimforge_room(sim\n  SOURCES a.cpp\n  LINK fmt::fmt cimforge::lower)\n",
                     "target_link_libraries(cimforge_sim PRIVATE cimforge::tb)\n"):
            self.assertEqual(len(self.plant("sim/CMakeLists.txt", text)), 1, text)
        right = "cimforge_room(sim SOURCES plan.cpp DEPENDS spec base LINK fmt::fmt)\n"
        self.assertEqual(self.plant("sim/CMakeLists.txt", right), [])

    def test_a_path_of_a_machine(self):
        for word in ("wor" + "k", "roo" + "t"):
            for text in (f"see /{word}/shared/x.md", f'"/{word}/a"', f"DIR=/{word}/"):
                self.assertEqual(len(self.plant("tests/x/planted.txt", text)), 1, text)
            for text in (f"build/{word}/x", f"${{DIR}}/{word}/x", f"{word}/x", f"a /{word}",
                         f"\0/{word}/x"):
                self.assertEqual(self.plant("tests/x/planted.txt", text), [], text)
            self.assertEqual(self.plant("docs/planted.md", f"see /{word}/x"), [])

    def test_exit_status(self):
        self.assertEqual(house.main([str(self.root)]), 0)
        self.assertEqual(house.main([str(self.root / "sim")]), 2)
        self.assertEqual(house.main([]), 2)
        (self.root / "sim/planted.h").write_text('#include "tb/bench.h"\n')
        self.assertEqual(house.main([str(self.root)]), 1)


if __name__ == "__main__":
    unittest.main()
