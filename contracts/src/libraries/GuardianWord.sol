// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A set of guardians in one storage word: the first 208 bits of its commitment, and in bits 0 to 47 the second
/// from which it is in force.
type GuardianWord is uint256;

using GuardianWordLibrary for GuardianWord global;

/// @title Reading and writing the packed word of a set of guardians
library GuardianWordLibrary {
    /// @notice Packs both parts.
    function pack(bytes26 commitment_, uint48 from_) internal pure returns (GuardianWord) {
        return GuardianWord.wrap(uint256(bytes32(commitment_)) | from_);
    }

    /// @notice The first bytes of the commitment; 0 if there are no guardians.
    function commitment(GuardianWord word) internal pure returns (bytes26) {
        return bytes26(bytes32(GuardianWord.unwrap(word)));
    }

    /// @notice The second from which the set is in force.
    function from(GuardianWord word) internal pure returns (uint48) {
        return uint48(GuardianWord.unwrap(word));
    }
}
