// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A subject in one storage word: controller in bits 0 to 159 (0 for the subject itself), epoch in 160 to 191,
/// nonce in 192 to 255.
type SubjectWord is uint256;

using SubjectWordLibrary for SubjectWord global;

/// @title Reading and advancing the packed word of a subject
library SubjectWordLibrary {
    /// @notice Packs the three parts.
    function pack(address controller, uint32 epoch_, uint64 nonce_) internal pure returns (SubjectWord) {
        return SubjectWord.wrap(uint256(uint160(controller)) | (uint256(epoch_) << 160) | (uint256(nonce_) << 192));
    }

    /// @notice Who decides: `subject` itself until a controller is stored.
    function controllerOr(SubjectWord word, address subject) internal pure returns (address controller) {
        controller = address(uint160(SubjectWord.unwrap(word)));
        if (controller == address(0)) controller = subject;
    }

    /// @notice The epoch.
    function epoch(SubjectWord word) internal pure returns (uint32) {
        return uint32(SubjectWord.unwrap(word) >> 160);
    }

    /// @notice The nonce.
    function nonce(SubjectWord word) internal pure returns (uint64) {
        return uint64(SubjectWord.unwrap(word) >> 192);
    }

    /// @notice The word with epoch and nonce raised by one. Reverts (panic 0x11) rather than let either wrap round.
    function advance(SubjectWord word) internal pure returns (SubjectWord) {
        return pack(address(uint160(SubjectWord.unwrap(word))), epoch(word) + 1, nonce(word) + 1);
    }

    /// @notice The word with the nonce raised by one.
    function withNextNonce(SubjectWord word) internal pure returns (SubjectWord) {
        return pack(address(uint160(SubjectWord.unwrap(word))), epoch(word), nonce(word) + 1);
    }

    /// @notice The word with the epoch raised by one.
    function withNextEpoch(SubjectWord word) internal pure returns (SubjectWord) {
        return pack(address(uint160(SubjectWord.unwrap(word))), epoch(word) + 1, nonce(word));
    }

    /// @notice The word with another controller, and epoch and nonce raised by one.
    function rotate(SubjectWord word, address controller) internal pure returns (SubjectWord) {
        return pack(controller, epoch(word) + 1, nonce(word) + 1);
    }
}
