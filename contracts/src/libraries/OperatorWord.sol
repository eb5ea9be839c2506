// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An operator key in one storage word: organisation in bits 0 to 31, end in 32 to 79, suspension in bit 80.
type OperatorWord is uint256;

using OperatorWordLibrary for OperatorWord global;

/// @title Reading and changing the packed word of an operator key
library OperatorWordLibrary {
    uint256 private constant SUSPENDED = 1 << 80;

    /// @notice Packs the three parts.
    function pack(uint32 id_, uint48 until_, bool suspended_) internal pure returns (OperatorWord) {
        return OperatorWord.wrap(uint256(id_) | (uint256(until_) << 32) | (suspended_ ? SUSPENDED : 0));
    }

    /// @notice The organisation whose key this is or was; 0 for a key never seen.
    function id(OperatorWord word) internal pure returns (uint32) {
        return uint32(OperatorWord.unwrap(word));
    }

    /// @notice The second from which the key no longer acts; 0 for a retired key.
    function until(OperatorWord word) internal pure returns (uint48) {
        return uint48(OperatorWord.unwrap(word) >> 32);
    }

    /// @notice Whether the organisation is suspended.
    function suspended(OperatorWord word) internal pure returns (bool) {
        return OperatorWord.unwrap(word) & SUSPENDED != 0;
    }

    /// @notice The organisation for which the key acts at `time`, else 0.
    function organizationAt(OperatorWord word, uint256 time) internal pure returns (uint32) {
        // With the suspension above it, the end compares in one step: a suspended key shifts beyond 48 bits.
        uint256 rest = OperatorWord.unwrap(word) >> 32;
        return rest > time && rest <= type(uint48).max ? id(word) : 0;
    }
}
