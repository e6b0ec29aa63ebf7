"""The page as it was meant: black print on white, upright and level. Pure functions on images.

Images are OpenCV's: (height, width) grey or (height, width, 3) blue-green-red, 8 bit. Nothing is changed in place.
"""
