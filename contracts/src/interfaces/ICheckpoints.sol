// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDirectory} from "./IDirectory.sol";

/// @title Checkpoints: the latest state of every organisation's logs
/// @notice Each organisation keeps append-only Merkle logs (RFC 6962, SHA-256): stream 0 of its records, stream 1 of the
/// accesses to them. It posts root and size from time to time; nobody can afterwards change what came before.
/// @dev One word per organisation and stream: 28 bytes of keccak256(abi.encode(root, size)), then the time. The poster
/// shows the previous checkpoint, so a post costs the same for any number of records, and a post that is sent twice
/// fails the second time.
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
    /// @notice `previous` is not what was posted last; `word` is.
    error Checkpoints_Stale(uint32 organization, uint8 stream, bytes32 word);
    /// @notice A log only grows.
    error Checkpoints_NotGrowing(uint32 organization, uint8 stream, uint64 size, uint64 next);

    /// @notice Posts the next checkpoint of one of the caller's logs. For the operator of an active organisation.
    /// @param stream Which log.
    /// @param previous The checkpoint posted last; all zero before the first.
    /// @param next The new one, larger.
    function post(uint8 stream, Checkpoint calldata previous, Checkpoint calldata next) external;

    /// @notice The stored word; 0 before the first post.
    function word(uint32 organization, uint8 stream) external view returns (bytes32);

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
