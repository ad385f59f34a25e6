"""scipy as peer of the linear assignment. Costs come as .npy files; what is saved is the cost of the assignment."""
import numpy as np
from scipy.optimize import linear_sum_assignment

from peer import serve


def call_assign(costs):
    matrix = np.load(costs)
    return lambda: matrix[linear_sum_assignment(matrix)].sum()


def save(path, result):
    np.save(path, np.array([result]))


serve({'assign': call_assign}, save)
