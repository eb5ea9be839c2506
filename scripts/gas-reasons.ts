/**
 * What docs/gas.md says where an act is over a limit, or farther from its floor than the project wants. The figures come from the
 * opcodes of the measured transactions (`forge test --debug --dump`, contracts/test/gas), added up by line of source.
 */

/** The first pattern that fits `group: act`. */
export const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /revokeAllBySig/,
    'Over the limit, near its floor: the floor of a relayed call that changes one word and checks one signature is above 32,000. Sent by the patient it holds.',
  ],
  [
    /declareEmergency/,
    'Three questions to two other contracts: which Authority, whether it has paused this verb, and who the operator is, with roles and quota. Of 5,000 gas over, 1,330 go in the Directory, 830 in the Authority (finding the verb, decoding, keys of mappings, comparing times), 1,500 in asking and in decoding the answers. They buy a pause, suspension with effect at once and a quota. The first in a slot also fills the slot, once in its life.',
  ],
  [
    /^Checkpoints: post|endEmergency|reviewEmergency/,
    'One question to the Directory: 655 gas there (finding the verb by its selector 185, decoding 110, the key of the mapping 70, comparing times 170, answering 120) and 320 to ask and to decode the answer; 450 more each where roles are asked for, too. Without it all but `postMany` would be near. Keeping operators here too would make two truths, and assembly in place of Solidity’s call would save 250. Each further stream of `postMany` costs 700: its range checks, the key, one event.',
  ],
  [
    /recordTwoRoots/,
    'Of 8,000 gas over: 2,600 ABI code (offsets, lengths and ranges of two structs with bytes; the event with both sides), 2,400 for digests and sides, 960 in OpenZeppelin’s ECDSA and the choice of signer, 950 in the Directory, which is asked twice. Never paid by a patient.',
  ],
  [
    /recordLeafReplaced/,
    'Forty SHA-256 hashes (RFC 6962) of two proofs: each 850 gas to pack 65 bytes and to call the precompiled contract, of which that asks 96 and its call 100; the floor counts none of them. Never paid by a patient.',
  ],
  [
    /revokeByGuardians/,
    'As for guardians in Subjects, and Consents hands the set and the signatures on to Subjects: decoding and encoding them once more costs 6,000 gas. A second copy of the guardians here would make two truths.',
  ],
  [
    /Guardians, 2 of 3|startRecovery/,
    'The floor counts the signatures alone. Of 8,600 to 9,000 gas over: 3,300 ABI code (offset, length and range of the set, of each guardian and of each signature), 2,600 for hashing set and message and for going through three guardians in order, 1,250 in OpenZeppelin’s ECDSA for two signatures, 450 for two EIP-712 digests.',
  ],
  [
    /revokeAsProxy/,
    'The floor counts the signatures alone. Of 16,700 gas over: 8,100 ABI code (two structs of 14 and 13 members are range-checked and copied twice: to be hashed, and to be compared), 3,200 for comparing them, 1,800 in OpenZeppelin’s ECDSA for three signatures, 870 in Subjects, 670 for three EIP-712 digests.',
  ],
  [
    /^Council: (propose|vote)/,
    'The Directory is asked for the organisation and for how many count: 930 gas there, 600 to ask. The rest are keys of mappings (the proposal’s, and two for the word of votes), a struct of five members read into memory, and ABI code.',
  ],
  [
    /^Council/,
    'Council, Authority and Directory call each other five times. OpenZeppelin’s AccessManager takes 3,500 to 4,500 of what is over: it looks the operation up again, copies and hashes the call, and asks itself who may do it.',
  ],
  [
    /^Authority/,
    'OpenZeppelin’s AccessManager says who may do it: 1,900 to 2,000 gas of its own code beside its reads (general lookup by target, selector, role and member, each a hashed key; delays in `Time`; `SafeCast`). `schedule`, `cancel` and `execute` are its own altogether: they also copy and hash the call.',
  ],
  [
    /^Directory: acceptOperator/,
    'Four words change hands, and the pause is asked: 830 gas in the Authority and 470 to ask it. Without that the act would be near. Once in some years.',
  ],
  [
    /^Directory/,
    'OpenZeppelin’s AccessManager says who may do it: 1,865 gas in its `canCall` beside its reads (finding the verb, decoding, four hashed keys, delays in `Time`, `SafeCast`) and 500 in AccessManaged to ask it. `admit` also asks for the pause: 1,300.',
  ],
];

/** Verbs that have no figure: OpenZeppelin’s, used when a consortium is set up or its rules change. */
export const NOT_MEASURED: readonly string[] = [
  'consumeScheduledOp',
  'labelRole',
  'multicall',
  'renounceRole',
  'setAuthority',
  'setGrantDelay',
  'setRoleAdmin',
  'setRoleGuardian',
  'setTargetAdminDelay',
  'setTargetClosed',
  'setTargetFunctionRole',
  'updateAuthority',
];
