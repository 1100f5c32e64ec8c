/** What names this computer: from the words of three systems, none of which may be trusted to answer. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineId, platformUuidIn, registryGuidIn } from '../../../../main/member/machine-id.ts';

const IOREG = `+-o J314sAP  <class IOPlatformExpertDevice, id 0x100000227, registered, matched, active, busy 0 (141 ms), retain 37>
    {
      "IOPlatformSerialNumber" = "C02XXXXXXXXX"
      "IOPlatformUUID" = "5F6A1A2B-3C4D-5E6F-8090-A1B2C3D4E5F6"
      "model" = <"MacBookPro18,3">
    }
`;
const REG = '\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\r\n    MachineGuid    REG_SZ    0b4f7c1e-93aa-4c0d-b1a5-2f3e4d5c6b7a\r\n\r\n';

test('QP-21 macOS and Windows tell their id in words of their own', () => {
  assert.equal(platformUuidIn(IOREG), '5f6a1a2b-3c4d-5e6f-8090-a1b2c3d4e5f6');
  assert.equal(registryGuidIn(REG), '0b4f7c1e-93aa-4c0d-b1a5-2f3e4d5c6b7a');
  const nothing = ['', 'ERROR: The system was unable to find the specified registry key or value.', '"IOPlatformUUID" = "00000000-0000-0000-0000-000000000000"', 'MachineGuid    REG_SZ    ', IOREG.replace('IOPlatformUUID', 'Other'), 'MachineGuid    REG_SZ    00000000-0000-0000-0000-000000000000'];
  for (const text of nothing) assert.deepEqual([platformUuidIn(text), registryGuidIn(text)], [undefined, undefined], text);
});

test('QP-21 the id is hashed, the same at each start, and survives a system that does not answer once', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-machine-'));
  const told = await machineId(dir, () => Promise.resolve('5f6a1a2b-3c4d-5e6f-8090-a1b2c3d4e5f6'));
  assert.match(told, /^[0-9a-f]{32}$/);
  assert.equal((await readFile(join(dir, 'machine-id'), 'utf8')).trim(), told);
  assert.equal(await machineId(dir, () => Promise.resolve(undefined)), told);
  assert.notEqual(await machineId(dir, () => Promise.resolve('another computer, to which the folder was moved')), told);
  await rm(dir, { recursive: true });

  const without = await mkdtemp(join(tmpdir(), 'ringleaf-machine-'));
  const made = await machineId(without, () => Promise.resolve(undefined));
  assert.match(made, /^[0-9a-f]{32}$/);
  assert.equal(await machineId(without, () => Promise.resolve(undefined)), made);
  await rm(without, { recursive: true });
});
