// A piece is read whole, in either way that a browser may offer, and its memory is used again.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { letGo, readPiece } from '../src/seal-buffers.js';
import { PIECE_SIZE } from '../src/seal-profile.js';

/** A file of a browser that cannot read into memory of ours. */
class Plain extends Blob {
  stream() {
    return super.stream().pipeThrough(new TransformStream());
  }
}

const bytes = Uint8Array.from({ length: 3 * 2 ** 20 + 7 }, (_, n) => n % 251);

for (const File of [Blob, Plain]) {
  test(`a ${File.name} file is read whole, a shorter one after it`, async () => {
    for (const length of [bytes.length, 5]) {
      const piece = await readPiece(new File([bytes.subarray(0, length)]));
      assert.deepEqual(piece, bytes.subarray(0, length));
      assert.equal(piece.buffer.byteLength, PIECE_SIZE);
      letGo(piece);
    }
  });
}

test('two that are read at once have memory of their own', async () => {
  const [one, other] = await Promise.all([readPiece(new Blob(['one'])), readPiece(new Blob(['other']))]);
  assert.deepEqual([one, other].map((piece) => new TextDecoder().decode(piece)), ['one', 'other']);
});

test('more than a piece is refused', async () => {
  await assert.rejects(readPiece(new Blob([new Uint8Array(PIECE_SIZE + 1)])), RangeError);
});
