"""Solves assignments with scipy and prints the cost of each.

Reads from standard input a JSON list of matrices, rows of numbers; null stands for a forbidden pair.
"""
import json
import sys

import numpy as np
from scipy.optimize import linear_sum_assignment


def cost_of(rows):
    matrix = np.array([[np.inf if value is None else value for value in row] for row in rows], np.float64)
    return float(matrix[linear_sum_assignment(matrix)].sum())


json.dump([cost_of(rows) for rows in json.load(sys.stdin)], sys.stdout)
