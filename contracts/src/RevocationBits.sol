// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "./interfaces/IConsents.sol";

/// @title RevocationBits
/// @notice One bit per index of a subject, or of a proxy's space. A bit can be set and never cleared.
abstract contract RevocationBits {
    mapping(address space => mapping(uint24 word => uint256 bits)) private _revoked;

    function _bitsOf(address space, uint24 word) internal view returns (uint256) {
        return _revoked[space][word];
    }

    function _isRevoked(address space, uint32 index) internal view returns (bool) {
        return (_revoked[space][uint24(index >> 8)] >> (index & 0xff)) & 1 == 1;
    }

    function _revoke(address space, uint32 index) internal {
        mapping(uint24 word => uint256 bits) storage words = _revoked[space];
        uint24 word = uint24(index >> 8);
        uint256 bits = words[word];
        uint256 bit = 1 << (index & 0xff);
        if (bits & bit != 0) return;
        words[word] = bits | bit;
        emit IConsents.ConsentRevoked(space, index);
    }

    function _revokeMany(address space, uint24 word, uint256 mask) internal {
        mapping(uint24 word => uint256 bits) storage words = _revoked[space];
        uint256 bits = words[word];
        uint256 next = bits | mask;
        if (next == bits) return;
        words[word] = next;
        emit IConsents.ConsentsRevoked(space, word, next);
    }
}
