// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A contract wallet (ERC-1271) that accepts what its owner signed with 65 bytes.
contract OwnedWallet {
    address private immutable OWNER;

    constructor(address owner) {
        OWNER = owner;
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 65) return 0xffffffff;
        bytes32 r = bytes32(signature[0:32]);
        bytes32 s = bytes32(signature[32:64]);
        return
            ecrecover(hash, uint8(signature[64]), r, s) == OWNER ? this.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice A wallet that answers every question with the same bytes: too few, wrong, or a revert when empty.
contract OddWallet {
    bytes private _answer;

    constructor(bytes memory answer) {
        _answer = answer;
    }

    fallback(bytes calldata) external returns (bytes memory) {
        if (_answer.length == 0) revert();
        return _answer;
    }
}
