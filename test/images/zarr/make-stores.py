"""Writes Zarr stores in the ways that other programs have, and prints what zarr reads from each, as JSON.

python3 make-stores.py FOLDER
"""
import hashlib
import itertools
import json
import sys
import zipfile

import numcodecs
import numpy
import zarr

folder = sys.argv[1]
random = numpy.random.RandomState(1)
told = []


def tell(name, array):
    data = array[:]
    plain = numpy.ascontiguousarray(data.squeeze().astype(data.dtype.newbyteorder('<')))
    told.append({
        'name': name,
        'dtype': data.dtype.newbyteorder('=').name,
        'shape': list(data.squeeze().shape),
        'sha256': hashlib.sha256(plain.tobytes()).hexdigest(),
    })


def write(name, values, chunks, axes, **options):
    root = zarr.open_group(f'{folder}/{name}', mode='w')
    array = root.create_dataset('0', data=values, shape=values.shape, chunks=chunks, overwrite=True, **options)
    root.attrs['multiscales'] = [{
        'version': '0.4',
        'axes': [dict(name=axis, type={'c': 'channel', 't': 'time'}.get(axis, 'space')) for axis in axes],
        'datasets': [{'path': '0', 'coordinateTransformations': [{'type': 'scale', 'scale': [1.0] * len(axes)}]}],
    }]
    tell(name, array)


def numbers(dtype, *shape):
    dtype = numpy.dtype(dtype)
    if dtype.kind == 'f':
        return random.normal(size=shape).astype(dtype)
    info = numpy.iinfo(dtype)
    return random.randint(max(info.min, -(2**62)), min(info.max, 2**62), size=shape, dtype=numpy.int64).astype(dtype)


compressors = {
    'none': None,
    'zlib': numcodecs.Zlib(1),
    'gzip': numcodecs.GZip(1),
    'zstd': numcodecs.Zstd(1),
    'lz4': numcodecs.LZ4(),
    'blosc-lz4': numcodecs.Blosc('lz4', shuffle=numcodecs.Blosc.SHUFFLE),
    'blosc-zstd-bits': numcodecs.Blosc('zstd', shuffle=numcodecs.Blosc.BITSHUFFLE),
    'blosc-zlib': numcodecs.Blosc('zlib', shuffle=numcodecs.Blosc.NOSHUFFLE),
}
for name, compressor in compressors.items():
    write(f'{name}.zarr', numbers('<u2', 2, 70, 93), (1, 32, 40), 'cyx', compressor=compressor)
for dtype in ('|u1', '|i1', '>u2', '<i2', '<u4', '>i4', '<u8', '>i8', '<f4', '>f8'):
    write(f'{dtype[1:]}.zarr', numbers(dtype, 33, 50), (16, 16), 'yx', compressor=numcodecs.Zlib(1))
for order, separator in itertools.product('CF', './'):
    name = f'{order}-{"nested" if separator == "/" else "flat"}.zarr'
    write(name, numbers('<u2', 3, 1, 40, 41), (2, 1, 17, 41), 'tcyx', order=order, dimension_separator=separator)
write('small.zarr', numbers('<f4', 5, 7), (64, 64), 'yx')

root = zarr.open_group(f'{folder}/sparse.zarr', mode='w')
array = root.create_dataset('0', shape=(100, 100), chunks=(30, 30), dtype='<i2', fill_value=-7)
array[35:50, 10:20] = 3
root.attrs['multiscales'] = [{'axes': ['y', 'x'], 'datasets': [{'path': '0'}]}]
tell('sparse.zarr', array)
root = zarr.open_group(f'{folder}/nan.zarr', mode='w')
array = root.create_dataset('0', shape=(20, 20), chunks=(30, 30), dtype='<f4', fill_value=numpy.inf)
root.attrs['multiscales'] = [{'axes': ['y', 'x'], 'datasets': [{'path': '0'}]}]
tell('nan.zarr', array)
array = zarr.open_array(f'{folder}/plain.zarr', mode='w', shape=(4, 30, 20), chunks=(4, 30, 20), dtype='<u2')
array[:] = numbers('<u2', 4, 30, 20)
tell('plain.zarr', array)
# As zip programs pack: what is in the folder, stored; the folder, deflated.
for name, prefix, method in (('packed.ozx', '', zipfile.ZIP_STORED), ('folder.zip', 'a.zarr/', zipfile.ZIP_DEFLATED)):
    with zipfile.ZipFile(f'{folder}/{name}', 'w', method) as archive:
        for key, value in zarr.DirectoryStore(f'{folder}/zlib.zarr').items():
            archive.writestr(prefix + key, value)
    told.append({**told[1], 'name': name})
print(json.dumps(told))
