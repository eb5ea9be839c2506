// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signatures} from "../../src/libraries/Signatures.sol";
import {Base} from "../Base.sol";
import {OddWallet, OwnedWallet} from "../Wallets.sol";

contract SignaturesFuzzTest is Base {
    /// @dev Order of secp256k1.
    uint256 private constant ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;

    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return Signatures.recover(digest, signature);
    }

    function isValid(address signer, bytes32 digest, bytes calldata signature) external view returns (bool) {
        return Signatures.isValid(signer, digest, signature);
    }

    function testFuzz_isValid_acceptsBothForms(uint256 key, bytes32 digest) public view {
        key = within(key, 1, ORDER - 1);
        address signer = vm.addr(key);
        isTrue(this.isValid(signer, digest, signed(key, digest)), "65 bytes");
        isTrue(this.isValid(signer, digest, signedCompact(key, digest)), "64 bytes");
    }

    function testFuzz_isValid_prefersTheKeyOverTheCode(uint256 key, bytes32 digest) public {
        key = within(key, 1, ORDER - 1);
        address signer = vm.addr(key);
        vm.etch(signer, hex"ef0100000000000000000000000000000000000000dead");
        isTrue(this.isValid(signer, digest, signed(key, digest)), "an account with delegated code");
    }

    function testFuzz_isValid_refusesOtherDigestsAndSigners(uint256 key, uint256 other, bytes32 digest, bytes32 wrong)
        public
        view
    {
        key = within(key, 1, ORDER - 1);
        other = within(other, 1, ORDER - 1);
        vm.assume(key != other && digest != wrong);
        isFalse(this.isValid(vm.addr(key), wrong, signed(key, digest)), "another digest");
        isFalse(this.isValid(vm.addr(key), digest, signed(other, digest)), "another signer");
    }

    function testFuzz_isValid_refusesAChangedBit(uint256 key, bytes32 digest, uint256 bit) public view {
        key = within(key, 1, ORDER - 1);
        bytes memory signature = bit & 1 == 0 ? signed(key, digest) : signedCompact(key, digest);
        bit = within(bit >> 1, 0, signature.length * 8 - 1);
        signature[bit / 8] = bytes1(uint8(signature[bit / 8]) ^ uint8(1 << (bit % 8)));
        isFalse(this.isValid(vm.addr(key), digest, signature), "a changed bit");
    }

    function testFuzz_isValid_refusesTheMirroredSignature(uint256 key, bytes32 digest) public view {
        key = within(key, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        bytes memory mirrored = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        same(ecrecover(digest, v == 27 ? 28 : 27, r, bytes32(ORDER - uint256(s))), vm.addr(key), "it is a signature");
        isFalse(this.isValid(vm.addr(key), digest, mirrored), "high s");
    }

    function testFuzz_recover_refusesOtherLengths(bytes32 digest, bytes calldata signature) public view {
        vm.assume(signature.length != 64 && signature.length != 65);
        same(this.recover(digest, signature), address(0), "length");
        isFalse(this.isValid(address(0), digest, signature), "nobody's signature");
    }

    function testFuzz_isValid_refusesNobody(bytes32 digest, bytes32 r, bytes32 s, uint8 v) public view {
        v = uint8(within(v, 0, 26));
        isFalse(this.isValid(address(0), digest, abi.encodePacked(r, s, v)), "nobody's signature");
    }

    function testFuzz_isValid_asksAContractWallet(uint256 key, bytes32 digest, bytes calldata wrong) public {
        key = within(key, 1, ORDER - 1);
        address wallet = address(new OwnedWallet(vm.addr(key)));
        isTrue(this.isValid(wallet, digest, signed(key, digest)), "its owner");
        isFalse(this.isValid(wallet, digest, wrong), "anything else");
    }

    function testFuzz_isValid_refusesOddAnswers(bytes32 digest, bytes calldata signature, bytes memory answer) public {
        vm.assume(answer.length < 32 || bytes32(answer) != bytes32(bytes4(0x1626ba7e)));
        address wallet = address(new OddWallet(answer));
        isFalse(this.isValid(wallet, digest, signature), "an odd answer");
    }
}
