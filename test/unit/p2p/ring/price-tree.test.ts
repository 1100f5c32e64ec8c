import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PriceTree } from '../../../../p2p/ring/price-tree.ts';

const change = fc.record({ index: fc.nat(40), price: fc.constantFrom(1, 2, 3, 5, 8, Infinity), isLooked: fc.boolean() });

test('RG-30 a tree of prices finds what a look through all of them does, in the order in which they stand', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), fc.nat(9), (changes, expected) => {
      const [tree, prices] = [new PriceTree(expected), new Array<number>(41).fill(Infinity)];
      for (const { index, price, isLooked } of changes) {
        tree.set(index, price);
        prices[index] = price;
        if (!isLooked) continue;
        const lowest = Math.min(...prices);
        assert.equal(tree.lowest, lowest);
        if (lowest === Infinity) continue;
        assert.equal(tree.firstLowest(), prices.indexOf(lowest));
        if (lowest < 4) assert.equal(tree.firstBelow(4), prices.findIndex((one) => one < 4));
      }
    }),
    { numRuns: 300 },
  );
});
