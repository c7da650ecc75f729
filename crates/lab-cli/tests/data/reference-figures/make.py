"""Reduces the notebook's figures to the references of the similarity test.

    python make.py FOLDER_WITH_THE_300_DPI_PNGS
"""

import sys
from pathlib import Path

from PIL import Image

SIDE = 4

for path in sorted(Path(sys.argv[1]).glob("ch4_proj16_part*.png")):
    image = Image.open(path).convert("RGB").convert("L")
    width, height = (length // SIDE * SIDE for length in image.size)
    small = image.crop((0, 0, width, height)).reduce(SIDE)
    small.save(Path(__file__).parent / path.name, optimize=True)
    print(path.name, small.size)
