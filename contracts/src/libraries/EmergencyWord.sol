// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IEmergencies} from "../interfaces/IEmergencies.sol";

/// @notice An emergency in one storage word: the first 176 bits of its commitment on top, then outcome in bits 72 to 79,
/// reason in 64 to 71, end in 32 to 63, declaration in 0 to 31.
type EmergencyWord is uint256;

using EmergencyWordLibrary for EmergencyWord global;

/// @title Reading and changing the packed word of an emergency
/// @dev 176 bits of the commitment, because the one who declares could look for two patients with the same prefix: that
/// takes 2^88 steps.
library EmergencyWordLibrary {
    /// @notice Packs an emergency that is yet to be reviewed.
    function pack(bytes32 commitment_, uint8 reason_, uint32 declaredAt_, uint32 until_)
        internal
        pure
        returns (EmergencyWord)
    {
        return EmergencyWord.wrap(
            uint256(bytes32(bytes22(commitment_))) | (uint256(reason_) << 64) | (uint256(until_) << 32) | declaredAt_
        );
    }

    /// @notice The first bytes of the commitment.
    function commitment(EmergencyWord word) internal pure returns (bytes22) {
        return bytes22(bytes32(EmergencyWord.unwrap(word)));
    }

    /// @notice What the review said.
    function outcome(EmergencyWord word) internal pure returns (IEmergencies.Outcome) {
        return IEmergencies.Outcome(uint8(EmergencyWord.unwrap(word) >> 72));
    }

    /// @notice The reason.
    function reason(EmergencyWord word) internal pure returns (uint8) {
        return uint8(EmergencyWord.unwrap(word) >> 64);
    }

    /// @notice First second at which the box is closed.
    function until(EmergencyWord word) internal pure returns (uint32) {
        return uint32(EmergencyWord.unwrap(word) >> 32);
    }

    /// @notice When it was declared; 0 if it never was.
    function declaredAt(EmergencyWord word) internal pure returns (uint32) {
        return uint32(EmergencyWord.unwrap(word));
    }

    /// @notice The word with another end.
    function withUntil(EmergencyWord word, uint32 until_) internal pure returns (EmergencyWord) {
        uint256 rest = EmergencyWord.unwrap(word) & ~(uint256(type(uint32).max) << 32);
        return EmergencyWord.wrap(rest | (uint256(until_) << 32));
    }

    /// @notice The word, open so far, with the outcome of its review.
    function withOutcome(EmergencyWord word, IEmergencies.Outcome outcome_) internal pure returns (EmergencyWord) {
        return EmergencyWord.wrap(EmergencyWord.unwrap(word) | (uint256(outcome_) << 72));
    }
}
