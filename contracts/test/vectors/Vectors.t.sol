// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {Rfc6962} from "../../src/libraries/Rfc6962.sol";
import {LedgerBase} from "../LedgerBase.sol";

/// @notice The language-neutral vectors of `spec/vectors`: what TypeScript computes, the contracts must accept.
contract VectorsTest is LedgerBase {
    /// @dev Where `Subjects` keeps its words, after the two slots of OpenZeppelin's EIP712 and that of the guardians.
    uint256 private constant SUBJECT_WORDS = 3;

    string private _json;
    string private _at;

    function includes(bytes32 root, uint64 size, bytes32 leafHash, uint64 index, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return Rfc6962.includes(root, size, leafHash, index, proof);
    }

    function open(string memory file) private {
        _json = vm.readFile(string.concat("../spec/vectors/", file));
    }

    /// @dev Moves to entry `i` of a list; false at its end.
    function enter(string memory list, uint256 i) private returns (bool) {
        _at = string.concat(".", list, "[", vm.toString(i), "]");
        return vm.keyExistsJson(_json, _at);
    }

    function key(string memory name) private view returns (string memory) {
        return string.concat(_at, ".", name);
    }

    function number(string memory name) private view returns (uint256) {
        return vm.parseJsonUint(_json, key(name));
    }

    function addressAt(string memory name) private view returns (address) {
        return vm.parseJsonAddress(_json, key(name));
    }

    function word(string memory name) private view returns (bytes32) {
        return vm.parseJsonBytes32(_json, key(name));
    }

    function bytesAt(string memory name) private view returns (bytes memory) {
        return vm.parseJsonBytes(_json, key(name));
    }

    /// @dev Puts the code of `from` on the chain and at the address for which the vector was signed.
    function place(address from) private returns (address contractAt) {
        vm.chainId(number("chainId"));
        contractAt = addressAt("verifyingContract");
        vm.etch(contractAt, from.code);
    }

    function terms() private view returns (IConsents.Consent memory) {
        return IConsents.Consent({
            subject: addressAt("terms.subject"),
            epoch: uint32(number("terms.epoch")),
            index: uint32(number("terms.index")),
            grantee: uint32(number("terms.grantee")),
            recipient: word("terms.recipient"),
            categories: uint32(number("terms.categories")),
            sensitive: uint16(number("terms.sensitive")),
            purposes: uint32(number("terms.purposes")),
            actions: uint16(number("terms.actions")),
            careFrom: int48(vm.parseJsonInt(_json, key("terms.careFrom"))),
            careUntil: int48(vm.parseJsonInt(_json, key("terms.careUntil"))),
            validFrom: uint48(number("terms.validFrom")),
            validUntil: uint48(number("terms.validUntil")),
            salt: word("terms.salt")
        });
    }

    /// @dev Sets the state of a subject in the contract at `contractAt`.
    function setSubject(address contractAt, address subject, address controller, uint64 nonce) private {
        bytes32 slot = keccak256(abi.encode(subject, SUBJECT_WORDS));
        vm.store(contractAt, slot, bytes32(uint256(uint160(controller)) | (uint256(nonce) << 192)));
        same(ISubjects(contractAt).controllerOf(subject), controller, "controller as set");
        same(ISubjects(contractAt).nonceOf(subject), nonce, "nonce as set");
    }

    function test_consentTerms_agree() public {
        open("consent-terms.json");
        uint256 count;
        for (; enter("cases", count); count++) {
            IConsents at_ = IConsents(place(address(consents)));
            same(at_.digest(terms()), word("digest"), "digest");
            same(typedDigest("Anamnesis Consents", address(at_), word("structHash")), word("digest"), "struct hash");
            expectSigned();
        }
        isTrue(count >= 3, "vectors of consents");
    }

    function test_revoke_agrees() public {
        open("consent-terms.json");
        uint256 count;
        for (; enter("revoke", count); count++) {
            IConsents at_ = IConsents(place(address(consents)));
            address subject = addressAt("subject");
            uint32 index = uint32(number("index"));
            setSubject(address(subjects), subject, vm.addr(uint256(word("privateKey"))), 0);
            at_.revokeBySig(subject, index, bytesAt("signature"));
            isTrue(at_.isRevoked(subject, index), "revoked");
            same(typedDigest("Anamnesis Consents", address(at_), word("structHash")), word("digest"), "struct hash");
            expectSigned();
        }
        isTrue(count >= 1, "vectors of refusals");
    }

    function test_rotate_agrees() public {
        open("consent-terms.json");
        uint256 count;
        for (; enter("rotate", count); count++) {
            ISubjects at_ = ISubjects(place(address(subjects)));
            same(typedDigest("Anamnesis Subjects", address(at_), word("structHash")), word("digest"), "struct hash");
            expectSigned();
            uint64 nonce = uint64(number("nonce"));
            if (nonce == type(uint64).max) continue;
            address subject = addressAt("subject");
            setSubject(address(at_), subject, vm.addr(uint256(word("privateKey"))), nonce);
            vm.warp(0);
            at_.rotateBySig(subject, addressAt("newController"), uint48(number("deadline")), bytesAt("signature"));
            same(at_.controllerOf(subject), addressAt("newController"), "controller");
        }
        isTrue(count >= 1, "vectors of rotations");
    }

    function test_revokeAll_agrees() public {
        open("consent-terms.json");
        uint256 count;
        for (; enter("revokeAll", count); count++) {
            ISubjects at_ = ISubjects(place(address(subjects)));
            same(typedDigest("Anamnesis Subjects", address(at_), word("structHash")), word("digest"), "struct hash");
            expectSigned();
            uint64 nonce = uint64(number("nonce"));
            if (nonce == type(uint64).max) continue;
            address subject = addressAt("subject");
            setSubject(address(at_), subject, vm.addr(uint256(word("privateKey"))), nonce);
            vm.warp(0);
            at_.revokeAllBySig(subject, uint48(number("deadline")), bytesAt("signature"));
            same(at_.epochOf(subject), 1, "epoch");
        }
        isTrue(count >= 1, "vectors of full refusals");
    }

    function test_merkle_agrees() public {
        open("merkle.json");
        uint256 count;
        for (; enter("inclusion", count); count++) {
            uint64 size = uint64(number("size"));
            uint64 index = uint64(number("index"));
            bytes32[] memory proof = new bytes32[](0);
            if (vm.keyExistsJson(_json, key("path[0]"))) proof = vm.parseJsonBytes32Array(_json, key("path"));
            bytes32 root = vm.parseJsonBytes32(_json, string.concat(".roots[", vm.toString(size), "]"));
            bytes32 leaf = vm.parseJsonBytes32(_json, string.concat(".leaves[", vm.toString(index), "].hash"));
            isTrue(this.includes(root, size, leaf, index, proof), "inclusion");
        }
        isTrue(count >= 1, "vectors of inclusion");
    }

    /// @dev ECDSA here is deterministic on both sides (RFC 6979), so even the signatures agree.
    function expectSigned() private view {
        same(
            keccak256(signed(uint256(word("privateKey")), word("digest"))), keccak256(bytesAt("signature")), "signature"
        );
    }
}
