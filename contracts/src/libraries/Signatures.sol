// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Signatures of plain accounts and of contract wallets
/// @dev ECDSA is tried first, whether the signer has code or not: an account that delegated to code (EIP-7702) still
/// holds its key, and skipping the look at its code saves a cold account access. ERC-1271 comes second.
library Signatures {
    /// @notice The account that made an ECDSA signature of 65 bytes, or of 64 (ERC-2098); 0 if it is none.
    /// @dev High-s values are refused, so one message has one signature per account.
    function recover(bytes32 digest, bytes calldata signature) internal pure returns (address signer) {
        if (signature.length != 65 && signature.length != 64) return address(0);
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
        (signer,,) = ECDSA.tryRecover(digest, v, r, s);
    }

    /// @notice Whether the contract at `signer` accepts the signature (ERC-1271); false if there is no contract.
    function isValidByContract(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        return signer.code.length > 0 && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }

    /// @notice Whether `signer`, a plain account or a contract wallet, signed `digest`.
    function isValid(address signer, bytes32 digest, bytes calldata signature) internal view returns (bool) {
        address recovered = recover(digest, signature);
        if (recovered == signer && recovered != address(0)) return true;
        return isValidByContract(signer, digest, signature);
    }
}
