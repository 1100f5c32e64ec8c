/**
 * Bounds of the nouns of this product, one set for all that meets them: the doors where people and
 * programs come in, the encoders, and the decoders of what a peer or a disk hands over. What a door
 * lets in and no decoder accepts would be lost, and its member with it. Bounds of frames stand in
 * `wire/limits.ts`. Bytes are those of UTF-8.
 */

/** Copies of a key that a bucket may ask for; so also the largest r and w. */
export const COPIES_MAX = 100;
/** Of a team, as decoders take it. */
export const PARTITIONS_MAX = 65_536;
/** Of a team that is founded. Who keeps what is worked out in one step, and anew with each change of the ring: more take over a second. */
export const PARTITIONS_FOUNDED_MAX = 4_096;
export const TEAM_NAME_BYTES_MAX = 128;
export const BUCKET_BYTES_MAX = 128;
export const KEY_BYTES_MAX = 1_024;
export const CONTENT_TYPE_BYTES_MAX = 255;
export const WRITE_ID_BYTES_MAX = 64;
export const ACTOR_BYTES_MAX = 32;
/** A context as text: a key that was written in some 4,400 openings. */
export const TOKEN_CHARS_MAX = 64 * 1_024;
/** One value that a user writes. Repair and transfer take larger ones. */
export const VALUE_BYTES_MAX = 1_024 * 1_024;

/** Of a member: its id, its name, the person at it, its machine, its zone. */
export const MEMBER_BYTES_MAX = 128;
export const MEMBER_NAME_BYTES_MAX = 128;
export const PERSON_BYTES_MAX = 128;
export const MACHINE_BYTES_MAX = 128;
export const ZONE_BYTES_MAX = 128;
export const WEIGHT_MAX = 64;
/** Addresses that a record may hold. */
export const RECORD_ADDRESSES_MAX = 32;
/** Addresses that a member tells, and that others dial: more make its record long and are tried by nobody. */
export const ADDRESSES_TOLD_MAX = 16;
export const ADDRESS_BYTES_MAX = 256;

/** Of the passphrase of a device's key. */
export const PASSPHRASE_CHARS_MIN = 8;
export const PASSPHRASE_CHARS_MAX = 1_024;
/** Of the secret that a computer's keychain keeps for a device's key. */
export const KEYCHAIN_SECRET_BYTES = 32;
/** Of what keychains make of it: some 60 bytes. */
export const KEYCHAIN_SEALED_BYTES_MAX = 512;

/*
 * Numbers that only rise, and that a member makes above those that it hears: what a peer says must leave
 * room to go on, or one word of it would end the other.
 */
/** Openings of a store, of which word from others is believed. A device that starts hourly takes a century. */
export const LIVES_MAX = 1_000_000;
/** A life of fifteen years at a beat a second, after a start that copies do not share. */
export const HEARTBEATS_A_LIFE = 1_000_000_000;
/** Records that a life signs: one at each change of address, status or name. */
export const INCARNATIONS_A_LIFE = 1_000;
/** Of these, those for a name that people or programs change: the others are what keeps a member found. */
export const RENAMINGS_A_LIFE = 500;
/** Room for the lives that follow the last one that is believed. */
export const HEARTBEAT_MAX = 4 * LIVES_MAX * HEARTBEATS_A_LIFE;
export const INCARNATION_MAX = 4 * LIVES_MAX * INCARNATIONS_A_LIFE;
/** Changes of a bucket's settings. */
export const SETTINGS_VERSION_MAX = 2 ** 40;
/** Reapings of a team. */
export const EPOCH_MAX = 2 ** 40;
