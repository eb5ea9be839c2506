// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A recovery in one storage word: the new controller in bits 0 to 159, the second at which it is ready in 160 to
/// 207, the low 48 bits of the subject's nonce at its start in 208 to 255.
type RecoveryWord is uint256;

using RecoveryWordLibrary for RecoveryWord global;

/// @title Reading and writing the packed word of a recovery
library RecoveryWordLibrary {
    /// @notice How long a recovery can be executed once it is ready: a forgotten one must not wait for ever.
    uint48 internal constant WINDOW = 30 days;

    /// @notice Packs the three parts.
    function pack(address controller_, uint48 readyAt_, uint64 nonce) internal pure returns (RecoveryWord) {
        return RecoveryWord.wrap(uint256(uint160(controller_)) | (uint256(readyAt_) << 160) | (uint256(nonce) << 208));
    }

    /// @notice Who is to take over.
    function controller(RecoveryWord word) internal pure returns (address) {
        return address(uint160(RecoveryWord.unwrap(word)));
    }

    /// @notice The second from which it can be executed.
    function readyAt(RecoveryWord word) internal pure returns (uint48) {
        return uint48(RecoveryWord.unwrap(word) >> 160);
    }

    /// @notice Whether it waits or is ready: started at this nonce, and not lapsed at this time.
    function isLive(RecoveryWord word, uint64 nonce, uint256 time) internal pure returns (bool) {
        return controller(word) != address(0) && uint48(RecoveryWord.unwrap(word) >> 208) == uint48(nonce)
            && time < uint256(readyAt(word)) + WINDOW;
    }
}
