// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

interface IWallet {
    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4);
}

/// @notice Signatures and EIP-712 digests in plain words, apart from what the contracts use.
abstract contract PlainSignatures {
    /// @dev Half of the order of secp256k1: of the two forms of a signature only the lower one counts.
    uint256 private constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    bytes32 private immutable DOMAIN_NAME;
    /// @notice The contract whose reference this is: signatures are made for it.
    address internal immutable STANDS_FOR;

    constructor(string memory name, address standsFor) {
        DOMAIN_NAME = keccak256(bytes(name));
        STANDS_FOR = standsFor;
    }

    function typed(bytes memory encodedStruct) internal view returns (bytes32) {
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain = keccak256(abi.encode(domainType, DOMAIN_NAME, keccak256("1"), block.chainid, STANDS_FOR));
        return keccak256(bytes.concat(hex"1901", domain, keccak256(encodedStruct)));
    }

    /// @dev The account that made an ECDSA signature, 0 if it is none.
    function signerOf(bytes32 digest, bytes memory signature) internal pure returns (address) {
        bytes32 r;
        bytes32 s;
        uint8 v;
        if (signature.length == 65) {
            (r, s, v) = (part(signature, 0), part(signature, 32), uint8(signature[64]));
        } else if (signature.length == 64) {
            bytes32 both = part(signature, 32);
            v = uint256(both) >> 255 == 1 ? 28 : 27;
            (r, s) = (part(signature, 0), bytes32((uint256(both) << 1) >> 1));
        } else {
            return address(0);
        }
        if (uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(digest, v, r, s);
    }

    function signedByKey(address signer, bytes32 digest, bytes memory signature) internal pure returns (bool) {
        return signer != address(0) && signerOf(digest, signature) == signer;
    }

    function signedByWallet(address signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        if (signer.code.length == 0) return false;
        (bool done, bytes memory answer) =
            signer.staticcall(abi.encodeCall(IWallet.isValidSignature, (digest, signature)));
        bytes32 yes = bytes32(IWallet.isValidSignature.selector);
        return done && answer.length >= 32 && part(answer, 0) == yes;
    }

    function signedBy(address signer, bytes32 digest, bytes memory signature) internal view returns (bool) {
        return signedByKey(signer, digest, signature) || signedByWallet(signer, digest, signature);
    }

    function part(bytes memory data, uint256 start) private pure returns (bytes32 word) {
        for (uint256 i = 0; i < 32; i++) {
            word |= bytes32(data[start + i]) >> (8 * i);
        }
    }
}
