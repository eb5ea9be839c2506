// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../../src/interfaces/IConsents.sol";
import {ISubjects} from "../../src/interfaces/ISubjects.sol";
import {Rfc6962} from "../../src/libraries/Rfc6962.sol";
import {VectorsBase} from "../VectorsBase.sol";

/// @notice The language-neutral vectors of `spec/vectors`: what TypeScript computes, the contracts must accept.
contract VectorsTest is VectorsBase {
    function includes(bytes32 root, uint64 size, bytes32 leafHash, uint64 index, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return Rfc6962.includes(root, size, leafHash, index, proof);
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
            careFrom: int48(integer("terms.careFrom")),
            careUntil: int48(integer("terms.careUntil")),
            validFrom: uint48(number("terms.validFrom")),
            validUntil: uint48(number("terms.validUntil")),
            salt: word("terms.salt")
        });
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
            if (exists("path[0]")) proof = words("path");
            bytes32 root = wordAt(string.concat(".roots[", vm.toString(size), "]"));
            bytes32 leaf = wordAt(string.concat(".leaves[", vm.toString(index), "].hash"));
            isTrue(this.includes(root, size, leaf, index, proof), "inclusion");
        }
        isTrue(count >= 1, "vectors of inclusion");
    }
}
