// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";

/// @title Checkpoints: the latest state of every organisation's logs
/// @notice Each organisation keeps append-only Merkle logs (RFC 6962, SHA-256): stream 0 of its records, stream 1 of the
/// accesses to them. It posts root and size from time to time; nobody can afterwards change what came before.
/// @dev One word per organisation and stream, changed in place: a post costs the same for any number of records. Sizes
/// only rise, so a post that arrives twice fails the second time, and two roots of one size cannot both be posted.
interface ICheckpoints {
    /// @notice The state of a log.
    /// @param root Merkle tree hash over the first `size` leaves.
    /// @param size Number of leaves.
    struct Checkpoint {
        bytes32 root;
        uint64 size;
    }

    /// @notice The log of `organization` has reached `size` leaves with this root at `time`.
    event CheckpointPosted(uint32 indexed organization, uint8 indexed stream, bytes32 root, uint64 size, uint32 time);

    /// @notice The caller is not the current operator of an active organisation.
    error Checkpoints_NotOperator(address caller);
    /// @notice A log only grows: it has reached `size` already.
    error Checkpoints_NotGrowing(uint32 organization, uint8 stream, uint64 size, uint64 next);
    /// @notice A log ends below 2^40 leaves.
    error Checkpoints_TooLarge(uint32 organization, uint8 stream, uint64 next);

    /// @notice Posts the next checkpoint of one of the caller's logs. For the operator of an active organisation.
    /// @param stream Which log.
    /// @param next The state of that log, larger than the one posted last.
    function post(uint8 stream, Checkpoint calldata next) external;

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
