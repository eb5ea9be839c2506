// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A checkpoint in one storage word: time in bits 0 to 31, size in 32 to 71, and above them the first 184 bits of
/// the root. The full root is in the event of the post.
/// @dev Only the log's own keeper could profit from two logs that share size and those bits, and would need some 2^92
/// hashes to find them; whoever compares with the event sees it all the same.
type CheckpointWord is bytes32;

using CheckpointWordLibrary for CheckpointWord global;

/// @title Reading and making the packed word of a checkpoint
library CheckpointWordLibrary {
    /// @notice Packs the three parts; `size_` must be below 2^40.
    function pack(bytes32 root, uint64 size_, uint32 time_) internal pure returns (CheckpointWord) {
        return CheckpointWord.wrap(bytes32(bytes23(root)) | bytes32((uint256(size_) << 32) | time_));
    }

    /// @notice Seconds since 1970 of the post; 0 before the first.
    function time(CheckpointWord word) internal pure returns (uint32) {
        return uint32(uint256(CheckpointWord.unwrap(word)));
    }

    /// @notice Number of leaves.
    function size(CheckpointWord word) internal pure returns (uint64) {
        return uint40(uint256(CheckpointWord.unwrap(word)) >> 32);
    }

    /// @notice The first 184 bits of the root, the rest 0.
    function rootPrefix(CheckpointWord word) internal pure returns (bytes32) {
        return bytes32(bytes23(CheckpointWord.unwrap(word)));
    }

    /// @notice Whether this is the checkpoint that was packed; never for the empty word.
    function holds(CheckpointWord word, bytes32 root, uint64 size_) internal pure returns (bool) {
        return size_ != 0 && size(word) == size_ && bytes23(CheckpointWord.unwrap(word)) == bytes23(root);
    }
}
