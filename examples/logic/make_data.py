"""Readings of made-up weather stations: `make_data.py > readings.csv`.

The data are drawn, not measured: no licence stands on them, and everybody gets the same file. A reading has
a station (0 to 11), a month (1 to 12), a temperature in whole degrees Celsius (8 bits, two's complement) and a
relative humidity in per cent.
"""

import math
import random

SEED = 2026
READINGS = 1000
STATIONS = 12


def main():
    draw = random.Random(SEED)
    climate = [(draw.uniform(-5.0, 22.0), draw.uniform(4.0, 15.0)) for _ in range(STATIONS)]
    print("station,month,temperature,humidity")
    for _ in range(READINGS):
        station = draw.randrange(STATIONS)
        month = draw.randrange(1, 13)
        mean, swing = climate[station]
        season = -math.cos(2.0 * math.pi * (month - 1) / 12.0)
        temperature = round(draw.gauss(mean + swing * season, 4.0))
        humidity = min(100, max(5, round(draw.gauss(65.0 - temperature, 12.0))))
        print(f"{station},{month},{temperature},{humidity}")


if __name__ == "__main__":
    main()
