// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";

/// @title Checkpoints: the latest state of every organisation's logs
/// @notice Each organisation keeps append-only Merkle logs (RFC 6962, SHA-256): stream 0 of its records, stream 1 of the
/// accesses to them. It posts root and size from time to time; nobody can afterwards change what came before.
/// @dev One word per organisation and stream, changed in place: a post costs the same for any number of records. Sizes
/// only rise, so a post that arrives twice fails the second time, and two roots of one size cannot both be posted.
///
/// Operators also sign checkpoints off the ledger (EIP-712 domain "Anamnesis Checkpoints", version "1", type
/// `Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)`, ECDSA of 65 or 64 bytes). Anyone who holds two
/// that contradict each other, or one that contradicts the last post, can put that on record here for ever. Only
/// contradicting contents are evidence: two forms of one signature are not. An organisation answers for every key that
/// it ever had, also after its retirement, since a signature bears no time; the record names the keys. Signatures of
/// contract wallets are no evidence, because such a wallet may judge otherwise tomorrow.
interface ICheckpoints {
    /// @notice The state of a log.
    /// @param root Merkle tree hash over the first `size` leaves.
    /// @param size Number of leaves.
    struct Checkpoint {
        bytes32 root;
        uint64 size;
    }

    /// @notice The state of one log among several.
    /// @param stream Which log.
    /// @param root Merkle tree hash over the first `size` leaves.
    /// @param size Number of leaves.
    struct StreamCheckpoint {
        uint8 stream;
        bytes32 root;
        uint64 size;
    }

    /// @notice A checkpoint that an operator signed.
    /// @param root Merkle tree hash over the first `size` leaves.
    /// @param size Number of leaves.
    /// @param signature The operator's, see the head of this interface.
    struct SignedCheckpoint {
        bytes32 root;
        uint64 size;
        bytes signature;
    }

    /// @notice A leaf and its way to the root (RFC 9162, 2.1.3).
    /// @param hash Hash of the leaf, SHA-256(0x00 || leaf).
    /// @param proof Sibling hashes, from the leaf upwards.
    struct LeafProof {
        bytes32 hash;
        bytes32[] proof;
    }

    /// @notice One side of a contradiction.
    /// @param signer The key that signed it; 0 for the checkpoint that was posted.
    /// @param root The root; of a posted one the first 184 bits.
    /// @param size The number of leaves.
    struct Side {
        address signer;
        bytes32 root;
        uint64 size;
    }

    /// @notice How a log contradicted itself: two signed roots of one size; a signed root other than the one posted with
    /// this size; a leaf that is another in a later tree.
    enum Contradiction {
        None,
        TwoRoots,
        OtherThanPosted,
        LeafReplaced
    }

    /// @notice The log of `organization` has reached `size` leaves with this root at `time`.
    event CheckpointPosted(uint32 indexed organization, uint8 indexed stream, bytes32 root, uint64 size, uint32 time);

    /// @notice The log of `organization` was shown to contradict itself; recorded at `time`, seconds since 1970.
    event EquivocationRecorded(
        uint32 indexed organization,
        uint8 indexed stream,
        Contradiction contradiction,
        Side one,
        Side other,
        uint48 time
    );

    /// @notice The caller is not the current operator of an active organisation.
    error Checkpoints_NotOperator(address caller);
    /// @notice A log only grows: it has reached `size` already.
    error Checkpoints_NotGrowing(uint32 organization, uint8 stream, uint64 size, uint64 next);
    /// @notice A log ends below 2^40 leaves.
    error Checkpoints_TooLarge(uint32 organization, uint8 stream, uint64 next);

    /// @notice There is no checkpoint to post.
    error Checkpoints_NothingToPost(uint32 organization);
    /// @notice The signer (0 if the signature is none) never was an operator of the organisation.
    error Checkpoints_NotSignedByOperator(uint32 organization, uint8 stream, address signer);
    /// @notice The two do not contradict each other: equal roots, or sizes that differ where they must be equal or are
    /// equal where they must differ.
    error Checkpoints_NoContradiction(uint32 organization, uint8 stream, uint64 size, uint64 otherSize);
    /// @notice The leaf at `index` is the same in both, so nothing was replaced.
    error Checkpoints_SameLeaf(uint32 organization, uint8 stream, uint64 index);
    /// @notice The proof does not lead from the leaf at `index` to the root.
    error Checkpoints_InvalidProof(uint32 organization, uint8 stream, bytes32 root, uint64 index);
    /// @notice This log's contradiction is on record already, since `time`.
    error Checkpoints_AlreadyRecorded(uint32 organization, uint8 stream, uint48 time);

    /// @notice Posts the next checkpoint of one of the caller's logs. For the operator of an active organisation.
    /// @param stream Which log.
    /// @param next The state of that log, larger than the one posted last.
    function post(uint8 stream, Checkpoint calldata next) external;

    /// @notice Posts the next checkpoints of several of the caller's logs, all or none; the rules of `post` hold for each.
    /// For the operator of an active organisation.
    function postMany(StreamCheckpoint[] calldata next) external;

    /// @notice Puts on record that an operator signed two roots for one size. For anyone.
    function recordTwoRoots(
        uint32 organization,
        uint8 stream,
        SignedCheckpoint calldata one,
        SignedCheckpoint calldata other
    ) external;

    /// @notice Puts on record that an operator signed another root than the one posted last, with the same size. For
    /// anyone, as long as that post is the last.
    /// @dev Roots that agree in the 184 bits of the stored word count as equal.
    function recordOtherThanPosted(uint32 organization, uint8 stream, SignedCheckpoint calldata signed) external;

    /// @notice Puts on record that an operator signed two sizes of a log which hold different leaves at one index. For
    /// anyone.
    function recordLeafReplaced(
        uint32 organization,
        uint8 stream,
        uint64 index,
        SignedCheckpoint calldata one,
        LeafProof calldata oneLeaf,
        SignedCheckpoint calldata other,
        LeafProof calldata otherLeaf
    ) external;

    /// @notice When a contradiction of this log was first put on record (seconds since 1970) and which; 0 and None if
    /// never. No one can take it back.
    function equivocatedAt(uint32 organization, uint8 stream)
        external
        view
        returns (uint48 time, Contradiction contradiction);

    /// @notice What an operator signs: the EIP-712 digest of a checkpoint on this chain and contract.
    function digest(uint32 organization, uint8 stream, bytes32 root, uint64 size) external view returns (bytes32);

    /// @notice The stored word: the first 184 bits of the root, size in 40, time in 32; 0 before the first post.
    function word(uint32 organization, uint8 stream) external view returns (bytes32);

    /// @notice Size and time (seconds since 1970) of the checkpoint posted last; both 0 before the first.
    function latest(uint32 organization, uint8 stream) external view returns (uint64 size, uint32 time);

    /// @notice Whether this is the checkpoint posted last, and when that was.
    /// @return matched True if so.
    /// @return time Seconds since 1970 of the last post if matched, else 0.
    function matches(uint32 organization, uint8 stream, Checkpoint calldata checkpoint)
        external
        view
        returns (bool matched, uint32 time);

    /// @notice Whether a leaf is in the log, given the checkpoint posted last and an inclusion proof (RFC 9162, 2.1.3).
    /// @param leafHash Hash of the leaf, SHA-256(0x00 || leaf).
    /// @param index Number of the leaf, from 0.
    /// @param proof Sibling hashes, from the leaf upwards.
    function includes(
        uint32 organization,
        uint8 stream,
        Checkpoint calldata checkpoint,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool);

    /// @notice Where operators are looked up.
    function directory() external view returns (IDirectory);

    /// @notice Version of this contract.
    function version() external view returns (string memory);
}
